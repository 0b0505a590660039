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
        try refuseNames(files, facts)
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
            for mask in spec.filesystem.masks where facts.paths[mask] == .missing {
                notes.append("warning: --mask \(mask) hides nothing: the host has no such path")
            }
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
        if spec.filesystem.rootfs != .host { hide(spec.filesystem.masks, in: &root) }
        try addVolumes(&root, spec: spec, facts: facts)
        settleHidden(&root, masks: files.masks)
        return VisibleFiles(root: root, workdir: try workdir(spec, facts, root), notes: notes)
    }

    /// Names that are not UTF-8 would be repaired on the way, and then name something else.
    private static func refuseNames(_ files: FilesystemSpec, _ facts: HostFacts) throws(PlanError) {
        var paths = files.masks + files.volumes.flatMap { [$0.source, $0.destination] }
        paths += files.tmpfs.map(\.destination) + [facts.caller.project, files.workdir].compactMap(\.self)
        if case .directory(let top) = files.rootfs { paths.append(top) }
        for path in paths where FilePath(path.string) != path {
            throw PlanError(.impossible, "the path \(path) is not UTF-8", hint: "give its directories other names")
        }
    }

    private static func hide(_ paths: [FilePath], in root: inout RootPlan) {
        root.entries += paths.map { LayerEntry(path: $0, kind: .hidden, onlyIfPresent: true) }
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
        hide(HiddenPaths.secrets + spec.filesystem.masks, in: &root)
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
        func isMasked(_ path: FilePath) -> Bool { spec.filesystem.masks.contains { path.starts(with: $0) } }
        // A root that is put together has them already.
        for mount in root.isAssembled ? [] : otherFileSystems(facts) where !isMasked(mount) {
            root.overlays.append(OverlayPlan(source: mount, destination: mount, optional: true))
        }
        let project = facts.caller.project.flatMap { isMasked($0) ? nil : $0 }
        for tools in toolDirectories(facts) {
            let real = facts.realDirectories[tools] ?? tools
            if isMasked(tools) || isMasked(real) || isSeen(tools, with: project, root) { continue }
            let masks = spec.filesystem.masks.filter { $0.starts(with: real) && !$0.starts(with: tools) }
            hide(masks.map { tools.appending($0.components.dropFirst(real.components.count)) }, in: &root)
            show(tools, in: &root, spec: spec, facts: facts)
        }
        guard let project else { return }
        let hidden = HiddenPaths.hides(project, homes: facts.homes) || !isOnVisibleFileSystem(project, facts)
        if hidden || spec.untrusted || !facts.caller.privileged {
            root.overlays.removeAll { $0.destination == project }
            let isPart = isPartOfRoot(project, root, spec, facts)
            root.overlays.append(
                OverlayPlan(source: project, destination: project, optional: false, isPartOfRoot: isPart)
            )
            notes.append("the project \(project) is visible; what is written there is gone at the end")
        }
    }

    /// Whether tools are the project's own: they lie in it, and in no home that lies in it and is empty inside.
    private static func isSeen(_ tools: FilePath, with project: FilePath?, _ root: RootPlan) -> Bool {
        guard let project, tools.starts(with: project) else { return false }
        return !root.entries.contains {
            $0.isEmptyDirectory && $0.path != project && $0.path.starts(with: project) && tools.starts(with: $0.path)
        }
    }

    /// Shows tools: by the root's own overlay, copied on write as all of it, where it can; else by a mount, of which each
    /// takes more than a hundredth of a container's CPU time.
    private static func show(_ tools: FilePath, in root: inout RootPlan, spec: JobSpec, facts: HostFacts) {
        // A project in them, or around them, is shown by itself; and a redirect follows no link.
        let isApart = facts.caller.project.map { !$0.starts(with: tools) && !tools.starts(with: $0) } ?? true
        if isApart, facts.realDirectories[tools] == tools, isPartOfRoot(tools, root, spec, facts) {
            root.entries.append(LayerEntry(path: tools, kind: .uncovered, onlyIfPresent: true))
        } else if root.entries.contains(where: { $0.path.starts(with: tools) }) {
            // What is to be hidden in them needs a layer to be hidden by.
            root.overlays.append(OverlayPlan(source: tools, destination: tools, optional: true))
        } else {
            root.volumes.append(VolumePlan(source: tools, destination: tools, writable: false, isDirectory: true))
        }
    }

    /// Whether the root's own overlay can show a directory of a home, the project or tools: where it lies on that file
    /// system, where nothing in it is hidden, and where no layer is to be known by the place that it is of.
    private static func isPartOfRoot(
        _ directory: FilePath,
        _ root: RootPlan,
        _ spec: JobSpec,
        _ facts: HostFacts
    ) -> Bool {
        guard root.ownersMapped, mountPoint(of: directory, facts) == "/" else { return false }
        guard spec.collection == CollectionSpec(), spec.filesystem.layers.isEmpty else { return false }
        // What overlay writes of this kind is as long at most.
        return directory.string.utf8.count <= 255 && !root.entries.contains { $0.path.starts(with: directory) }
    }

    private static func mountPoint(of path: FilePath, _ facts: HostFacts) -> FilePath {
        facts.mounts.last { path.starts(with: $0.mountPoint) }?.mountPoint ?? "/"
    }

    /// Whether a place lies on the root's own file system, or on one of the others that are seen.
    private static func isOnVisibleFileSystem(_ path: FilePath, _ facts: HostFacts) -> Bool {
        let point = mountPoint(of: path, facts)
        return point == "/" || otherFileSystems(facts).contains(point)
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

    /// Directories of hidden homes that PATH names: of `~/code/bin` the bin and not what lies beside it; the whole of an
    /// installation, which is a bin beside a lib, and of `~/.pyenv/shims` the `.pyenv` that its scripts call into.
    private static func toolDirectories(_ facts: HostFacts) -> [FilePath] {
        var found: [FilePath] = []
        for entry in facts.pathEntriesInHomes {
            guard let home = (facts.homes + ["/root"]).first(where: { entry.starts(with: $0) && entry != $0 }) else {
                continue
            }
            guard facts.paths[entry] == .directory else { continue }
            guard let parent = entry.parent else { continue }
            found.append(parent != home && isInstallation(parent, of: entry, facts) ? parent : entry)
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

    /// What tells whether a directory that PATH names belongs to an installation: a lib beside it, and no repository.
    package static func installationMarks(_ entry: FilePath) -> [FilePath] {
        guard let parent = entry.parent, entry.lastComponent?.string == "bin" else { return [] }
        return ([".git"] + libraries).map { parent.appending($0) }
    }

    private static let libraries = ["lib", "lib64", "libexec"]
    // Their bin is links to programs, or programs that start others, elsewhere in the same directory.
    private static func isVersionManager(_ directory: String?) -> Bool {
        switch directory {
        case ".asdf", ".elan", ".ghcup", ".goenv", ".jenv", ".nodenv", ".pyenv", ".rbenv", ".swiftly", "swiftly",
            ".volta":
            true
        default: false
        }
    }

    private static func isInstallation(_ directory: FilePath, of entry: FilePath, _ facts: HostFacts) -> Bool {
        // `~/.local` and `~/.cargo` keep credentials beside their bin.
        guard ![".local", ".cargo"].contains(directory.lastComponent?.string) else { return false }
        if entry.lastComponent?.string == "shims" || isVersionManager(directory.lastComponent?.string) { return true }
        let marks = installationMarks(entry).filter { ![nil, .missing].contains(facts.paths[$0]) }
        return !marks.isEmpty && marks.allSatisfy { $0.lastComponent?.string != ".git" }
    }
}
