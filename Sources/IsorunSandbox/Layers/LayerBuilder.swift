internal import IsorunModel
internal import IsorunPlanning
internal import IsorunSystem
internal import SystemPackage

/// Makes the mounts of a container; nothing is ever seen by the host.
struct LayerBuilder {
    /// Where layers stand while an overlay is made of them.
    var staging: LayerStaging
    /// The host id behind the container's root.
    var owner: UInt32
    /// What containers of the same run share; nil makes everything for this one.
    var shared: SharedSkeletons?

    private static let attributes: MountAttributes = [.noSetID, .noDevices]

    /// Makes the root, the overlays, the volumes and the scratch directories of a plan.
    func build(_ asked: RootPlan, userNamespace: borrowing OwnedDescriptor) throws(SystemError) -> PreparedRoot {
        var prepared = PreparedRoot()
        // A part of a mount that stands nowhere can be cloned since Linux 6.15.
        let plan = staging.isDetached ? shared?.folded(asked) ?? asked.folded : asked
        let skeletons = shared?.mounts(for: plan, userNamespace: userNamespace) ?? [:]
        // Sources are opened before anything stands over the anchor, which may be a parent of theirs.
        var layers: [Layer] = []
        for overlay in [OverlayPlan(source: plan.lower, destination: "/", optional: false)] + plan.overlays {
            let mapped = overlay.destination == "/" ? plan.ownersMapped : true
            guard let tree = try lower(overlay, mapped: mapped, userNamespace, &prepared.notes) else {
                // The child counts on a mount for every place: what cannot be seen as it is stays empty.
                prepared.add(try emptyDirectory(), at: overlay.destination)
                continue
            }
            let between = plan.layers.filter { $0.destination == overlay.destination }
            var layer = Layer(overlay: overlay, tree: tree.mount)
            if tree.isMapped { layer.skeleton = skeletons[overlay.destination] }
            for stored in between {
                do throws(SystemError) {
                    layer.between.append(try DetachedMount(cloning: stored.source, owners: userNamespace))
                } catch  where error.errno == .invalidArgument {
                    // A tmpfs can be idmapped since Linux 6.3; before, what is for everybody can be read.
                    layer.between.append(try DetachedMount(cloning: stored.source))
                    prepared.notes.append(
                        "owners of files that were built are shown as nobody's: Linux 6.3 can map them"
                    )
                }
            }
            layers.append(layer)
        }
        var volumes: [DetachedMount] = []
        for volume in plan.volumes { volumes.append(try clone(volume, userNamespace)) }
        try stack(layers, plan, &prepared)
        if staging.isDetached { try addParts(asked, &prepared) }
        for (volume, mount) in zip(plan.volumes, volumes) { prepared.add(mount, at: volume.destination) }
        for scratch in plan.tmpfs {
            let mount = try scratchDirectory(size: scratch.size?.bytes ?? plan.diskBytes, inodes: plan.inodes)
            prepared.written.append(
                WrittenLayer(path: scratch.destination, upper: try mount.directory(), lower: nil, skeleton: [])
            )
            prepared.add(mount, at: scratch.destination)
        }
        prepared.sort(by: asked.mountPoints)
        return prepared
    }

    private struct Layer {
        var overlay: OverlayPlan
        var tree: DetachedMount
        /// What earlier jobs wrote and the layers of an image above its lowest, the topmost first.
        var between: [DetachedMount] = []
        /// What isorun puts over all of these, where containers share it.
        var skeleton: DetachedMount?

        /// All that lies below the writable layer, the topmost first.
        var all: [DetachedMount] { (skeleton.map { [$0] } ?? []) + between + [tree] }

        /// All of it as the container sees it.
        func merged() throws(SystemError) -> MergedLayers {
            let all = between + [tree]
            return try MergedLayers(count: all.count) { number throws(SystemError) in try all[number].directory() }
        }
    }

    private func lower(
        _ overlay: OverlayPlan,
        mapped: Bool,
        _ userNamespace: borrowing OwnedDescriptor,
        _ notes: inout [String]
    ) throws(SystemError) -> (mount: DetachedMount, isMapped: Bool)? {
        do throws(SystemError) {
            guard mapped else { return (try DetachedMount(cloning: overlay.source), false) }
            return (try DetachedMount(cloning: overlay.source, owners: userNamespace), true)
        } catch {
            // Without its owners mapped a layer only shows less: what is not for everybody cannot be read.
            if !overlay.optional && error.errno == .invalidArgument {
                notes.append("owners in \(overlay.source) are shown as nobody's: its file system cannot map them")
                return (try DetachedMount(cloning: overlay.source), false)
            }
            guard overlay.optional else { throw error }
            notes.append("\(overlay.source) is not visible inside: \(error)")
            return nil
        }
    }

    private func clone(
        _ volume: VolumePlan,
        _ userNamespace: borrowing OwnedDescriptor
    ) throws(SystemError) -> DetachedMount {
        try DetachedMount(
            cloning: volume.source,
            owners: userNamespace,
            attributes: volume.writable ? Self.attributes : Self.attributes.union(.readOnly)
        )
    }

    /// Makes the overlays on one scratch file system that all writable layers share, so that one size bounds them.
    private func stack(_ layers: [Layer], _ plan: RootPlan, _ prepared: inout PreparedRoot) throws(SystemError) {
        let scratch = try DetachedMount(
            type: "tmpfs",
            options: [("size", "\(plan.diskBytes)"), ("nr_inodes", "\(plan.inodes)"), ("mode", "700")],
            attributes: Self.attributes
        )
        let directory = try scratch.directory()
        try staging.raise(scratch)
        defer { staging.strike() }
        for (number, layer) in layers.enumerated() {
            let merged = plan.isImage && !layer.between.isEmpty ? try layer.merged() : nil
            // As the container sees it.
            let seen = try (layer.between.first ?? layer.tree).directory()
            let top = try EntryStatus(of: seen.descriptor)
            try directory.makeDirectory("work\(number)", mode: 0o700, uid: 0, gid: 0)
            try directory.makeDirectory(
                "upper\(number)",
                mode: top.mode & 0o7777,
                uid: top.uid,
                gid: top.gid
            )
            let lower: HeldDirectory
            if layer.between.isEmpty {
                lower = seen
            } else {
                lower = try compared(layer, number, of: layers.count, plan, directory)
            }
            let upper = try directory.directory("upper\(number)")
            let isForeign = layer.overlay.destination == "/" && !plan.ownersMapped
            var skeleton = LayerSkeleton(
                upper: upper,
                lower: lower,
                merged: merged,
                owner: owner,
                isForeign: isForeign,
                shown: plan.shown(in: layer.overlay.destination)
            )
            if layer.skeleton == nil {
                let mine = plan.skeleton(of: layer.overlay.destination)
                try skeleton.make(mine.entries, privateDirectories: mine.privateDirectories)
            }
            let overlay = try staging.overlay(
                number,
                of: layer.all,
                in: directory,
                writable: plan.writable,
                redirects: layer.overlay.destination == "/" && plan.entries.contains { $0.kind == .uncovered }
            )
            prepared.add(overlay, at: layer.overlay.destination)
            if plan.writable { prepared.written.append(skeleton.written(at: layer.overlay.destination)) }
        }
        prepared.scratch = consume directory
        prepared.layers = [scratch] + layers.flatMap(\.all)
        staging.gather(layers.flatMap(\.all), on: scratch)
    }

    /// What is below a layer of several, as a directory: the lowest one, or all of them where what was written is compared
    /// with it.
    private func compared(
        _ layer: Layer,
        _ number: Int,
        of count: Int,
        _ plan: RootPlan,
        _ scratch: borrowing HeldDirectory
    ) throws(SystemError) -> HeldDirectory {
        guard plan.comparesWrites else { return try layer.tree.directory() }
        let other = count + number
        for name in ["upper\(other)", "work\(other)"] {
            try scratch.makeDirectory(name, mode: 0o755, uid: owner, gid: owner)
        }
        let view = try staging.overlay(other, of: layer.between + [layer.tree], in: scratch, writable: false)
        return try view.directory()
    }

    /// Makes the mounts of what the root's overlay shows: each is one all the same, so that the job can neither rename nor
    /// remove its project.
    private func addParts(_ plan: RootPlan, _ prepared: inout PreparedRoot) throws(SystemError) {
        guard let slot = prepared.placed["/"] else { return }
        let root = prepared.mounts[Int(slot)]
        for part in plan.overlays where part.isPartOfRoot {
            let path = part.destination.inside
            prepared.add(try DetachedMount(cloning: root, at: path), at: part.destination)
        }
    }

    private func emptyDirectory() throws(SystemError) -> DetachedMount {
        try DetachedMount(type: "tmpfs", options: [("nr_inodes", "1")], attributes: Self.attributes.union(.readOnly))
    }

    private func scratchDirectory(size: UInt64, inodes: UInt64) throws(SystemError) -> DetachedMount {
        let limits = [("size", "\(size)"), ("nr_inodes", "\(inodes)")]
        let ownership = [("mode", "1777"), ("uid", "\(owner)"), ("gid", "\(owner)")]
        return try DetachedMount(type: "tmpfs", options: limits + ownership, attributes: Self.attributes)
    }
}
