internal import IsorunModel
internal import IsorunPlanning
internal import IsorunSystem
internal import Synchronization
internal import SystemPackage

/// Skeletons that the containers of a run share: read-only layers, made once, and again when the host has changed.
///
/// To look for what is to be hidden in `/etc` and to make some fifty entries of it takes a tenth of a container's CPU
/// time; to hear that nothing has changed takes one call. Nothing that a job writes comes here: the layer lies below the
/// container's own, and has the owners as they are inside, which an idmapped mount shows as each container's.
final class SharedSkeletons: Sendable {
    private let state = Mutex(State())
    private let lastFolded = Latest<RootPlan, RootPlan>()

    fileprivate struct State {
        var root: RootPlan?
        var skeletons: Skeletons?
        var made = 0
        var served = 0
        var isOver = false
    }

    /// Those of one root, by where its layers are seen.
    fileprivate struct Skeletons: Sendable {
        let mounts: AssociationList<FilePath, DetachedMount>
        let watch: SourceWatch
        let stamp: UInt64

        var isCurrent: Bool { watch.stamp == stamp }
    }

    /// Mounts of the skeletons for one container, by where its layers are seen, and with its owners.
    ///
    /// - Parameters:
    ///   - root: what the container sees.
    ///   - userNamespace: the container's.
    /// - Returns: the mounts; none where it has to have skeletons of its own.
    func mounts(
        for root: RootPlan,
        userNamespace: borrowing OwnedDescriptor
    ) -> AssociationList<FilePath, DetachedMount> {
        // Those of an image depend on all of its layers; and owners that are not mapped are nobody's here alone.
        guard root.ownersMapped, !root.isImage else { return [:] }
        var mounts: AssociationList<FilePath, DetachedMount> = [:]
        do throws(SystemError) {
            for shared in current(root).entries {
                mounts[shared.key] = try DetachedMount(cloning: shared.value, owners: userNamespace)
            }
        } catch {
            // A kernel that cannot do so makes each its own.
            return [:]
        }
        return mounts
    }

    /// Ends what it takes a while to end: those that come nevertheless have skeletons of their own.
    func end() {
        state.withLock { state in
            state.isOver = true
            state.skeletons?.watch.end()
        }
    }

    /// What hears of changes to what a root hides; nil where it has skeletons of its own.
    func watch(_ root: RootPlan) -> SourceWatch? {
        guard root.ownersMapped, !root.isImage else { return nil }
        let folded = folded(root)
        // Of file systems that may be left out nothing is watched.
        guard !folded.overlays.contains(where: \.optional) else { return nil }
        return state.withLock { $0.refreshed(folded)?.watch }
    }

    /// The plan with fewer overlays (``RootPlan/folded``).
    ///
    /// All containers of a run ask, and most for the same.
    func folded(_ root: RootPlan) -> RootPlan { lastFolded.made(from: root) { root.folded } }

    /// Those that show the host as it is now, with the owners that stand on disk.
    func current(_ root: RootPlan) -> AssociationList<FilePath, DetachedMount> {
        state.withLock { $0.current(root) } ?? [:]
    }
}

extension SharedSkeletons.State {
    fileprivate mutating func current(_ root: RootPlan) -> AssociationList<FilePath, DetachedMount>? {
        guard let current = refreshed(root) else { return nil }
        served += 1
        return current.mounts
    }

    fileprivate mutating func refreshed(_ root: RootPlan) -> SharedSkeletons.Skeletons? {
        if isOver { return nil }
        if self.root != root || skeletons?.isCurrent != true {
            // Where the host changes all the time, or jobs have different roots in turn, it is not worth the while.
            guard made <= 4 + served / 4 else { return nil }
            made += 1
            self.root = root
            skeletons = SharedSkeletons.Skeletons(root)
        }
        return skeletons
    }
}

extension SharedSkeletons.Skeletons {
    /// Nil where nobody would hear of a change, or something cannot be made: then each container says why.
    fileprivate init?(_ root: RootPlan) {
        guard let watch = SourceWatch() else { return nil }
        do throws(SystemError) {
            var layers: AssociationList<FilePath, DetachedMount> = ["/": try DetachedMount(cloning: root.lower)]
            for overlay in root.overlays where !overlay.optional {
                layers[overlay.destination] = try DetachedMount(cloning: overlay.source)
            }
            for layer in layers.entries {
                let lower = try layer.value.directory()
                for directory in root.directories(above: layer.key) {
                    guard watch.add(directory.inside, in: lower) else { return nil }
                }
            }
            // Whatever changes from here on is heard.
            let stamp = watch.stamp
            var mounts: AssociationList<FilePath, DetachedMount> = [:]
            for layer in layers.entries {
                let shown = root.shown(in: layer.key)
                mounts[layer.key] = try Self.make(root.skeleton(of: layer.key), over: layer.value, shown)
            }
            self.init(mounts: mounts, watch: watch, stamp: stamp)
        } catch {
            return nil
        }
    }

    private static func make(
        _ mine: (entries: [LayerEntry], privateDirectories: [FilePath]),
        over lower: DetachedMount,
        _ shown: Set<String>
    ) throws(SystemError) -> DetachedMount {
        let mount = try DetachedMount(type: "tmpfs", options: [("mode", "755")], attributes: [.noSetID, .noDevices])
        var skeleton = LayerSkeleton(
            upper: try mount.directory(),
            lower: try lower.directory(),
            merged: nil,
            // As on disk: the mount's map makes each container's root of it.
            owner: 0,
            shown: shown
        )
        try skeleton.make(mine.entries, privateDirectories: mine.privateDirectories)
        return mount
    }
}

extension RootPlan {
    /// The directories in which a layer's skeleton is decided: all that lie above what is made, and those of which what
    /// is private is hidden; as paths in the layer.
    fileprivate func directories(above layer: FilePath) -> Set<FilePath> {
        let mine = skeleton(of: layer)
        var found = Set(mine.privateDirectories)
        for path in mine.entries.map(\.path) + mine.privateDirectories {
            var directory = path
            while directory.removeLastComponent(), found.insert(directory).inserted {}
        }
        return found
    }
}
