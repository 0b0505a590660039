internal import IsorunModel
internal import SystemPackage

extension Planner {
    /// Volumes and scratch directories, each with a place made for it in the topmost layer.
    static func addVolumes(_ root: inout RootPlan, spec: JobSpec, facts: HostFacts) throws(PlanError) {
        for volume in spec.filesystem.volumes {
            // A named one that is not there is made when the job is run.
            let kind = facts.paths[volume.source] ?? .missing
            let isNew = kind == .missing && volume.name != nil
            if kind == .missing && !isNew {
                throw PlanError(
                    .impossible,
                    "--volume: \(volume.source) does not exist",
                    hint: "make it first, or check the spelling; isorun never creates a volume's source"
                )
            }
            if kind == .special {
                throw PlanError(.impossible, "--volume: \(volume.source) is neither a directory nor a regular file")
            }
            root.volumes.append(
                VolumePlan(
                    source: volume.source,
                    destination: volume.destination,
                    writable: volume.writable,
                    isDirectory: kind == .directory || isNew
                )
            )
        }
        for view in spec.filesystem.views {
            root.overlays.removeAll { $0.destination == view.destination }
            root.overlays.append(OverlayPlan(source: view.source, destination: view.destination, optional: false))
        }
        root.layers = spec.filesystem.layers + imageLayers(spec)
        // A volume or scratch directory in the place of a view of the host's takes that place.
        let asked = Set(spec.filesystem.volumes.map(\.destination) + root.tmpfs.map(\.destination))
        root.overlays.removeAll { asked.contains($0.destination) }
        root.bound.removeAll { asked.contains($0.destination) }
        root.volumes.removeAll { volume in asked.contains(volume.destination) && isTool(volume, spec) }
        // A mount that lies in another one comes after it, whatever order they were given in.
        root.overlays.sort { $0.destination.components.count < $1.destination.components.count }
        root.volumes.sort { $0.destination.components.count < $1.destination.components.count }
        try refuseCollisions(root)
        for volume in root.volumes { try place(volume, &root) }
        for scratch in root.tmpfs { place(scratch.destination, .directory, &root) }
    }

    private static func isTool(_ volume: VolumePlan, _ spec: JobSpec) -> Bool {
        !spec.filesystem.volumes.contains { $0.source == volume.source && $0.destination == volume.destination }
    }

    private static func refuseCollisions(_ root: RootPlan) throws(PlanError) {
        let points = root.mountPoints
        for (index, point) in points.enumerated() where points[..<index].contains(point) {
            throw PlanError(.impossible, "two mounts go to \(point)", hint: "give each a place of its own")
        }
    }

    private static func place(_ volume: VolumePlan, _ root: inout RootPlan) throws(PlanError) {
        let isCovered = root.entries.contains { $0.path == volume.destination && $0.isDirectory }
        guard volume.isDirectory || !isCovered else {
            throw PlanError(
                .impossible,
                "--volume: \(volume.source) is a file, and \(volume.destination) is a directory inside",
                hint:
                    "name the place of the file itself: \(volume.destination.appending(volume.source.lastComponent?.string ?? "file"))"
            )
        }
        place(volume.destination, volume.isDirectory ? .directory : .file, &root)
    }

    private static func place(_ path: FilePath, _ kind: LayerEntry.Kind, _ root: inout RootPlan) {
        guard !root.entries.contains(where: { $0.path == path && $0.kind != .hidden }) else { return }
        root.entries.append(LayerEntry(path: path, kind: kind, onlyIfPresent: false))
    }
}

extension LayerEntry {
    fileprivate var isDirectory: Bool {
        switch kind {
        case .emptyDirectory, .directory, .uncovered: true
        case .file, .text, .hidden, .hiddenMatches, .link: false
        }
    }
}
