public import IsorunModel
public import SystemPackage

extension Planner {
    struct VisibleFiles {
        var root: RootPlan
        var workdir: FilePath
        var notes: [String]
    }

    /// What the container sees of the file system, and where the job starts in it.
    static func planRoot(_ spec: JobSpec, on facts: HostFacts, memory: UInt64?) throws(PlanError) -> VisibleFiles {
        let files = spec.filesystem
        var root = RootPlan(
            lower: "/",
            ownersMapped: facts.caller.privileged && !spec.untrusted,
            writable: !files.readOnly,
            diskBytes: spec.limits.disk?.bytes ?? (memory ?? facts.memoryBytes) / 2,
            inodes: spec.limits.inodes ?? 1_000_000,
            entries: [],
            privateDirectories: [],
            overlays: [],
            volumes: [],
            tmpfs: files.tmpfs
        )
        var notes: [String] = []
        switch files.rootfs {
        case .host:
            hideHost(&root, spec: spec, facts: facts)
            if !facts.caller.privileged { assembleRoot(&root, spec: spec, facts: facts, notes: &notes) }
            try uncoverProject(&root, spec: spec, facts: facts, notes: &notes)
        case .directory(let directory):
            guard facts.paths[directory] == .directory else {
                throw PlanError(.impossible, "--rootfs: \(directory) is not a directory")
            }
            root.lower = directory
            root.ownersMapped = facts.caller.privileged
            root.entries = HiddenPaths.scratch.filter { ["/proc", "/sys", "/dev"].contains($0.path.string) }
                .map { LayerEntry(path: $0.path, kind: .emptyDirectory(mode: $0.mode), onlyIfPresent: false) }
        case .image(let image): try stackImage(image, into: &root, spec: spec, facts: facts)
        }
        try addVolumes(&root, spec: spec, facts: facts)
        return VisibleFiles(root: root, workdir: try workdir(spec, facts, root), notes: notes)
    }

    private static func hideHost(_ root: inout RootPlan, spec: JobSpec, facts: HostFacts) {
        func empty(_ path: FilePath, _ mode: UInt32, always: Bool = false) {
            root.entries.append(LayerEntry(path: path, kind: .emptyDirectory(mode: mode), onlyIfPresent: !always))
        }
        for (path, mode) in HiddenPaths.scratch { empty(path, mode, always: true) }
        // Where isorun is started the job starts: a home that it is has to be there, and is as empty as all are.
        let start = facts.caller.workingDirectory
        empty("/home", 0o755, always: start == "/home")
        empty("/root", 0o700, always: true)
        for home in facts.homes where home != "/root" && home != "/" {
            if !home.starts(with: "/home") || home == start { empty(home, 0o700, always: home == start) }
        }
        for store in HiddenPaths.stores { empty(store, 0o755) }
        for secret in HiddenPaths.secrets + spec.filesystem.masks {
            root.entries.append(LayerEntry(path: secret, kind: .hidden, onlyIfPresent: true))
        }
        for pattern in HiddenPaths.secretPatterns {
            root.entries.append(LayerEntry(path: pattern, kind: .hiddenMatches, onlyIfPresent: true))
        }
        root.privateDirectories = spec.untrusted ? [] : HiddenPaths.privateDirectories
    }

    /// The project, what PATH needs from the hidden homes, and the host's other file systems.
    private static func uncoverProject(
        _ root: inout RootPlan,
        spec: JobSpec,
        facts: HostFacts,
        notes: inout [String]
    ) throws(PlanError) {
        // A root that is put together has them already.
        for mount in root.isAssembled ? [] : otherFileSystems(facts) {
            root.overlays.append(OverlayPlan(source: mount, destination: mount, optional: true))
        }
        for tool in toolDirectories(facts) {
            root.volumes.append(VolumePlan(source: tool, destination: tool, writable: false, isDirectory: true))
        }
        guard let project = facts.caller.project, !spec.filesystem.masks.contains(where: { project.starts(with: $0) })
        else {
            return
        }
        let hidden = HiddenPaths.hides(project, homes: facts.homes)
        if hidden || spec.untrusted || !facts.caller.privileged {
            root.overlays.removeAll { $0.destination == project }
            root.overlays.append(OverlayPlan(source: project, destination: project, optional: false))
            notes.append("the project \(project) is visible; what is written there is gone at the end")
        }
    }

    // Disk file systems that idmapped mounts know; the rest of the host's mounts are not seen at all.
    private static let idmappable = ["ext2", "ext3", "ext4", "xfs", "btrfs", "f2fs", "bcachefs"]

    /// Where they are mounted; whoever looks at the host looks at these, for a file can be a mount point, too.
    public static func otherFileSystems(_ facts: HostFacts) -> [FilePath] {
        var found: [FilePath] = []
        for mount in facts.mounts {
            let point = mount.mountPoint
            guard point != "/", idmappable.contains(mount.type), !point.starts(with: "/boot") else { continue }
            guard !HiddenPaths.hides(point, homes: facts.homes), !found.contains(point) else { continue }
            // Docker mounts /etc/resolv.conf and the like: no layer can lie over a file.
            guard facts.paths[point] != .file else { continue }
            found.append(point)
        }
        return found
    }

    /// Directories of hidden homes that PATH names: of `~/.cargo/bin` the bin, of `~/.pyenv/shims` the `.pyenv` that
    /// its scripts call into.
    private static func toolDirectories(_ facts: HostFacts) -> [FilePath] {
        var found: [FilePath] = []
        for entry in facts.pathEntriesInHomes {
            guard let home = (facts.homes + ["/root"]).first(where: { entry.starts(with: $0) && entry != $0 }) else {
                continue
            }
            guard facts.paths[entry] == .directory else { continue }
            guard let parent = entry.parent else { continue }
            let installation = parent != home && parent.lastComponent?.string != ".local" && !holdsCredentials(parent)
            found.append(installation ? parent : entry)
            if parent.lastComponent?.string == ".cargo", facts.paths[home.appending(".rustup")] == .directory {
                found.append(home.appending(".rustup"))
            }
        }
        var kept: [FilePath] = []
        for directory in found where !kept.contains(where: { directory.starts(with: $0) }) {
            kept.removeAll { $0.starts(with: directory) }
            kept.append(directory)
        }
        return kept
    }

    // `~/.cargo` keeps the registry's token beside its bin.
    private static func holdsCredentials(_ directory: FilePath) -> Bool {
        [".cargo", ".docker", ".config", ".aws", ".ssh", ".gnupg"].contains(directory.lastComponent?.string)
    }
}
