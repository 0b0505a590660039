internal import Glibc
internal import IsorunModel
internal import IsorunSystem
internal import SystemPackage

/// Where layers stand while an overlay is made of them.
///
/// Since Linux 6.15 overlay takes layers that are mounted nowhere, by their descriptors. That spares the keeper a mount
/// namespace of its own, and an unmount, which waits for an RCU grace period, while the job waits.
enum LayerStaging {
    /// Nowhere.
    case detached
    /// Over a directory of the host, in a mount namespace of the keeper's own.
    case anchored(FilePath, appends: Bool)

    /// Chooses for a kernel.
    ///
    /// - Parameters:
    ///   - kernelRelease: As `uname -r` prints it.
    ///   - anchor: A directory of the host to stand over.
    init(kernelRelease: String, anchor: FilePath) {
        // Every container asks, so no strings are made of it.
        let parts = kernelRelease.utf8.split(maxSplits: 2, omittingEmptySubsequences: false) { !(48...57).contains($0) }
        let numbers = parts.prefix(2).map { $0.reduce(0) { $0 &* 10 &+ Int($1) &- 48 } }
        func isSince(_ minor: Int) -> Bool {
            numbers.count == 2 && (numbers[0] > 6 || numbers[0] == 6 && numbers[1] >= minor)
        }
        self = isSince(15) ? .detached : .anchored(anchor, appends: isSince(5))
    }

    /// Whether layers stand nowhere.
    var isDetached: Bool { if case .detached = self { true } else { false } }

    /// Whether overlay takes one layer at a time, since Linux 6.5.
    var appendsLayers: Bool {
        switch self {
        case .detached: true
        case .anchored(_, let appends): appends
        }
    }

    /// Leaves the host's mount namespace, where that is needed.
    func enter() throws(SystemError) {
        guard case .anchored = self else { return }
        try MountNamespace.enterPrivateOnce()
    }

    /// Puts the file system that the upper and work directories are on where it is needed.
    func raise(_ scratch: DetachedMount) throws(SystemError) {
        guard case .anchored(let anchor, _) = self else { return }
        try scratch.attach(to: anchor)
    }

    /// Takes it away again.
    func strike() {
        guard case .anchored(let anchor, _) = self else { return }
        try? MountNamespace.detach(anchor)
    }

    /// Lets the layers of overlays that are made go together with the file system of the writable ones.
    ///
    /// Where a mount that stands nowhere is closed the kernel waits for an RCU grace period, and interrupts every CPU for
    /// it: once for each of them, or once for all that stand on one. Where the child puts that one into the host's tree as
    /// it sees it, all go with the tree, for which the kernel waits anyway.
    func gather(_ layers: [DetachedMount], on scratch: DetachedMount) {
        guard case .detached = self else { return }
        // Where one cannot be put there it goes by itself.
        for layer in layers { try? layer.attach(over: scratch) }
    }

    /// Makes an overlay of lower layers, the topmost first, and the upper and work directories of a number; redirects are
    /// believed where isorun put some into the topmost layer.
    func overlay(
        _ number: Int,
        of trees: [DetachedMount],
        in scratch: borrowing HeldDirectory,
        writable: Bool,
        redirects: Bool = false
    ) throws(SystemError) -> DetachedMount {
        let attributes: MountAttributes = writable ? [.noSetID, .noDevices] : [.noSetID, .noDevices, .readOnly]
        // index and xino keep hard links hard links and inode numbers unique, which git and tar look at. The layers hold
        // no metadata-only files, and no redirects but isorun's own, and no others are believed: of the lowest layer,
        // which is the host's, overlay believes none.
        let options =
            (writable ? [("index", "on")] : []) + [
                ("xino", "on"), ("redirect_dir", redirects ? "follow" : "nofollow"), ("metacopy", "off"),
            ]
        switch self {
        case .detached:
            let upper = try scratch.directory("upper\(number)")
            let work = try scratch.directory("work\(number)")
            let lower = trees.map { ("lowerdir+", $0.descriptor.raw) }
            let layers =
                writable
                ? lower + [("upperdir", upper.descriptor.raw), ("workdir", work.descriptor.raw)]
                : [("lowerdir+", upper.descriptor.raw)] + lower
            return try DetachedMount(type: "overlay", directories: layers, options: options, attributes: attributes)
        case .anchored(let anchor, let appends):
            var places: [String] = []
            for (index, tree) in trees.enumerated() {
                let name = "lower\(number).\(index)"
                try scratch.makeDirectory(name, mode: 0o700, uid: 0, gid: 0)
                try tree.attach(to: anchor.appending(name))
                places.append(anchor.appending(name).string)
            }
            let upper = anchor.appending("upper\(number)").string
            let work = anchor.appending("work\(number)").string
            let lower = try Self.options(writable ? places : [upper] + places, appends: appends)
            let layers = lower + (writable ? [("upperdir", upper), ("workdir", work)] : [])
            return try DetachedMount(type: "overlay", options: layers + options, attributes: attributes)
        }
    }
}

extension LayerStaging {
    /// fsconfig(2) takes 255 bytes a value, and one layer a value since Linux 6.5.
    static func options(
        _ lower: [String],
        appends: Bool
    ) throws(SystemError) -> [(key: String, value: String)] {
        if appends { return lower.map { ("lowerdir+", $0) } }
        let joined = lower.joined(separator: ":")
        guard joined.utf8.count <= 255 else {
            let detail = "an overlay of \(lower.count) layers needs Linux 6.5"
            throw SystemError("stack the layers", "", Errno(rawValue: E2BIG), detail: detail)
        }
        return [("lowerdir", joined)]
    }
}

extension HostFacts {
    /// Where layers stand while an overlay is made of them.
    var staging: LayerStaging { LayerStaging(kernelRelease: kernelRelease, anchor: anchor) }
}
