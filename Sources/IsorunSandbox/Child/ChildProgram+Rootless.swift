internal import CIsorunChild
internal import IsorunModel
internal import IsorunPlanning
internal import IsorunSystem
internal import SystemPackage

/// Something that goes over a part of a mount, once that is in place.
enum Cover {
    /// An empty directory, by its mount's slot.
    case directory(FilePath, slot: UInt16)
    /// Nothing that can be read.
    case mask(FilePath)
}

extension ChildProgram {
    private static let attributes: MountAttributes = [.noSetID, .noDevices]

    /// Has the child make the layers: an unprivileged keeper may mount only inside the container's user namespace.
    ///
    /// One scratch file system of bounded size holds them all. Owners are not mapped there, and overlay has no `index`:
    /// what the host's other users own is nobody's inside, and a file's hard links part when it is first written to.
    mutating func layRoot(
        _ plan: RootPlan,
        _ steps: [SetupStep],
        anchor: FilePath,
        appendsLayers: Bool
    ) throws(SystemError) {
        let layers = try ScratchLayers(plan)
        let step = Self.step(of: "/", steps)
        for volume in plan.volumes + plan.bound { cloneVolume(volume, Self.step(of: volume.destination, steps)) }
        let scratch = makeScratch(plan, step, anchor)
        for (number, layer) in layers.layers.enumerated() {
            let step = Self.step(of: layers.holders[number], steps, else: step)
            fill(layer, number, scratch, step)
            let slot = self.slot(placedAt: layer.path) ?? newSlot()
            if layer.lower == nil {
                show(number, slot, scratch, writable: plan.writable, step)
                if self.slot(placedAt: layer.path) == nil {
                    covers[layers.holders[number], default: []].append(.directory(layer.path, slot: slot))
                }
            } else {
                let between = plan.layers.filter { $0.destination == layer.path }.map(\.source)
                makeOverlay(layer, between, number, slot, scratch, anchor, appendsLayers, writable: plan.writable, step)
            }
        }
        // In the order in which they cover each other.
        let order = layers.layers.indices.sorted { layers.layers[$0].depth < layers.layers[$1].depth }
        for number in plan.writable ? order : [] { send(layers.layers[number], number, scratch, step) }
        for (part, paths) in layers.masked { covers[part, default: []] += paths.map { .mask($0) } }
        for directory in plan.tmpfs { makeTmpfs(directory, plan, Self.step(of: directory.destination, steps)) }
    }

    private static func step(of path: FilePath, _ steps: [SetupStep], else other: Int = 0) -> Int {
        steps.firstIndex(of: .place(path)) ?? other
    }

    private mutating func cloneVolume(_ volume: VolumePlan, _ step: Int) {
        guard let slot = slot(placedAt: volume.destination) else { return }
        let attributes = volume.writable ? Self.attributes : Self.attributes.union(.readOnly)
        add(
            ISORUN_OP_CLONE_TREE,
            step: step,
            slot: slot,
            text: volume.source.string,
            value: attributes.rawValue,
            flags: ISORUN_FLAG_RECURSIVE
        )
    }

    private mutating func makeScratch(_ plan: RootPlan, _ step: Int, _ anchor: FilePath) -> UInt16 {
        let scratch = newSlot()
        let limits = ["size", "\(plan.diskBytes)", "nr_inodes", "\(plan.inodes)", "mode", "700", ""]
        let value = Self.attributes.rawValue
        add(ISORUN_OP_NEW_MOUNT, step: step, slot: scratch, text: "tmpfs", others: limits, value: value)
        add(ISORUN_OP_ATTACH, step: step, slot: scratch, text: anchor.string, flags: ISORUN_FLAG_HOST_PATH)
        add(ISORUN_OP_MAKE_DIRECTORY, step: step, base: scratch, text: "root", value: 0o755)
        return scratch
    }

    /// Makes a layer's directory and what is in it before the job comes.
    private mutating func fill(_ layer: ScratchLayer, _ number: Int, _ scratch: UInt16, _ step: Int) {
        let top = "upper\(number)"
        add(ISORUN_OP_MAKE_DIRECTORY, step: step, base: scratch, text: top, value: UInt64(layer.mode))
        for item in layer.items {
            switch item {
            case .directory(let path, let mode):
                add(ISORUN_OP_MAKE_DIRECTORY, step: step, base: scratch, text: "\(top)/\(path)", value: UInt64(mode))
            case .file(let path, let text):
                let place = "\(top)/\(path)"
                add(ISORUN_OP_MAKE_FILE, step: step, base: scratch, text: place, other: text, value: 0o644)
            case .link(let path, let target):
                add(ISORUN_OP_MAKE_LINK, step: step, base: scratch, text: "\(top)/\(path)", other: target)
            case .whiteout(let path):
                add(ISORUN_OP_MAKE_WHITEOUT, step: step, base: scratch, text: "\(top)/\(path)")
            }
        }
    }

    /// Makes a layer's directory itself a mount.
    private mutating func show(_ number: Int, _ slot: UInt16, _ scratch: UInt16, writable: Bool, _ step: Int) {
        // The root is sealed at the end: until then mounts are put into it.
        let attributes = writable || slot == Self.rootSlot ? Self.attributes : Self.attributes.union(.readOnly)
        let value = attributes.rawValue
        add(ISORUN_OP_CLONE_TREE, step: step, slot: slot, base: scratch, text: "upper\(number)", value: value)
    }

    private mutating func makeOverlay(
        _ layer: ScratchLayer,
        _ between: [FilePath],
        _ number: Int,
        _ slot: UInt16,
        _ scratch: UInt16,
        _ anchor: FilePath,
        _ appendsLayers: Bool,
        writable: Bool,
        _ step: Int
    ) {
        add(ISORUN_OP_MAKE_DIRECTORY, step: step, base: scratch, text: "work\(number)", value: 0o700)
        let below = between + (layer.lower.map { [$0] } ?? [])
        let upper = anchor.appending("upper\(number)").string
        let work = anchor.appending("work\(number)").string
        // A value may have 255 bytes; a layer each is taken since Linux 6.5, and is then written as it is.
        let lower =
            below.count > 1 && appendsLayers
            ? below.flatMap { ["lowerdir+", $0.string] }
            : ["lowerdir", below.map(\.overlayOption).joined(separator: ":")]
        let writing = lower + ["upperdir", upper, "workdir", work]
        let reading =
            below.count > 1 && appendsLayers
            ? ["lowerdir+", upper] + lower : ["lowerdir", "\(upper):\(lower[1])"]
        let attributes = writable ? Self.attributes : Self.attributes.union(.readOnly)
        add(
            ISORUN_OP_NEW_MOUNT,
            step: step,
            slot: slot,
            text: "overlay",
            others: (writable ? writing : reading) + ["userxattr", "", ""],
            value: attributes.rawValue
        )
    }

    private mutating func makeTmpfs(_ directory: TmpfsSpec, _ plan: RootPlan, _ step: Int) {
        guard let slot = slot(placedAt: directory.destination) else { return }
        let size = directory.size?.bytes ?? plan.diskBytes
        let options = ["size", "\(size)", "nr_inodes", "\(plan.inodes)", "mode", "1777", ""]
        let value = Self.attributes.rawValue
        add(ISORUN_OP_NEW_MOUNT, step: step, slot: slot, text: "tmpfs", others: options, value: value)
        sentLayers[slot] = ScratchLayer(path: directory.destination, lower: nil, mode: 0o1777)
        add(ISORUN_OP_SEND_DIRECTORY, step: step, slot: slot)
    }

    /// Gives the keeper a layer's directory: to see how full it is, and to read what was written.
    private mutating func send(_ layer: ScratchLayer, _ number: Int, _ scratch: UInt16, _ step: Int) {
        let sent = newSlot()
        sentLayers[sent] = layer
        add(ISORUN_OP_OPEN_DIRECTORY, step: step, slot: sent, base: scratch, text: "upper\(number)")
        add(ISORUN_OP_SEND_DIRECTORY, step: step, slot: sent)
    }

    /// Hides what is to be hidden in a mount that was just put in place.
    mutating func attachCovers(in place: FilePath, _ step: Int) {
        for cover in covers[place] ?? [] {
            switch cover {
            case .directory(let path, let slot):
                attach(slot, to: path.inside, below: Self.rootSlot, step)
            case .mask(let path):
                let flags = ISORUN_FLAG_OPTIONAL
                add(
                    ISORUN_OP_MASK,
                    step: step,
                    base: Self.rootSlot,
                    text: path.inside,
                    other: "/dev/null",
                    flags: flags
                )
            }
        }
    }
}

extension FilePath {
    /// The path as overlay's options take it: a colon separates layers and a backslash escapes.
    fileprivate var overlayOption: String {
        string.split(separator: "\\", omittingEmptySubsequences: false).joined(separator: "\\\\")
            .split(separator: ":", omittingEmptySubsequences: false).joined(separator: "\\:")
    }
}
