internal import IsorunModel
internal import SystemPackage

extension Planner {
    /// The layers of an image are the lower layers, and a few files name the container, as docker's do.
    static func stackImage(
        _ image: ImageSpec,
        into root: inout RootPlan,
        spec: JobSpec,
        facts: HostFacts
    ) throws(PlanError) {
        guard let found = image.found, let lowest = found.layers.last else {
            throw PlanError(
                .impossible,
                "No such image: \(image.reference)",
                hint: "to fetch it: isorun image pull \(image.reference)"
            )
        }
        root.lower = lowest
        root.isImage = true
        root.ownersMapped = facts.caller.privileged
        root.comparesWrites = spec.collection.writes != nil
        root.entries = HiddenPaths.scratch.filter { ["/proc", "/sys", "/dev"].contains($0.path.string) }
            .map { LayerEntry(path: $0.path, kind: .emptyDirectory(mode: $0.mode), onlyIfPresent: false) }
        let hostname = spec.process.hostname
        let hosts = "127.0.0.1\tlocalhost \(hostname)\n::1\tlocalhost ip6-localhost ip6-loopback\n"
        add("/etc/hosts", .text(hosts), &root)
        add("/etc/hostname", .text(hostname + "\n"), &root)
        for directory in found.missingDirectories { add(directory, .directory, &root) }
        let resolver: FilePath = "/etc/resolv.conf"
        if spec.network == .host, facts.paths[resolver] == .file {
            root.volumes.append(
                VolumePlan(source: resolver, destination: resolver, writable: false, isDirectory: false)
            )
        }
    }

    private static func add(_ path: FilePath, _ kind: LayerEntry.Kind, _ root: inout RootPlan) {
        root.entries.append(LayerEntry(path: path, kind: kind, onlyIfPresent: false))
    }

    /// The layers of an image above its lowest.
    static func imageLayers(_ spec: JobSpec) -> [LayerSpec] {
        guard case .image(let image) = spec.filesystem.rootfs else { return [] }
        return (image.found?.layers ?? []).dropLast().map { LayerSpec(source: $0, destination: "/") }
    }
}
