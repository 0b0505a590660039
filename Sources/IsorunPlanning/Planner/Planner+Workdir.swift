public import IsorunModel
public import SystemPackage

extension Planner {
    /// Where the job starts: where it was asked for, else where isorun was started, else in the root.
    ///
    /// A directory that was asked for and is not there is a mistake in the command line, and is never made.
    static func workdir(_ spec: JobSpec, _ facts: HostFacts, _ root: RootPlan) throws(PlanError) -> FilePath {
        guard let asked = spec.filesystem.workdir else {
            return spec.filesystem.rootfs == .host ? facts.caller.workingDirectory : "/"
        }
        switch place(of: asked, in: spec, facts, root) {
        case .made: break
        case .nowhere:
            throw PlanError(
                .impossible,
                "--workdir: \(asked) is not there inside: it lies in what is hidden of the host, or in what is empty",
                hint: "make it visible: -v \(asked):\(asked), or name another directory"
            )
        case .host(let path):
            let kind = facts.paths[path] ?? .directory
            if kind == .missing {
                let hint = "make it first, or check the spelling; isorun never makes a working directory"
                throw PlanError(.impossible, "--workdir: \(asked) does not exist", hint: hint)
            }
            if kind != .directory { throw PlanError(.impossible, "--workdir: \(asked) is not a directory") }
        }
        return asked
    }

    /// What has to be looked up on the host to know whether the working directory is there: `--workdir` itself, and
    /// what it is below each volume that may hold it.
    public static func workdirSources(_ spec: JobSpec) -> [FilePath] {
        guard let asked = spec.filesystem.workdir else { return [] }
        var sources = spec.filesystem.volumes.filter { asked.starts(with: $0.destination) }
            .map { $0.source.below(asked, from: $0.destination) }
        if spec.filesystem.rootfs == .host { sources.append(asked) }
        return sources
    }

    private enum WorkdirPlace {
        /// isorun itself makes it, or what stands there is the container's own.
        case made
        /// It can be seen only if the host has it here.
        case host(FilePath)
        /// Nothing can be there.
        case nowhere
    }

    private static func place(
        of path: FilePath,
        in spec: JobSpec,
        _ facts: HostFacts,
        _ root: RootPlan
    ) -> WorkdirPlace {
        // A place to mount on, what leads there, and the container's own file systems.
        let isAbove = (root.mountPoints + root.uncovered).contains { $0.starts(with: path) }
        if isAbove && !isVolume(path, root) { return .made }
        if ["/proc", "/sys", "/dev"].contains(where: { path.starts(with: $0) }) { return .made }
        let covering = root.mountPoints.last { path.starts(with: $0) }
        if let covering {
            if let volume = root.volumes.first(where: { $0.destination == covering }) {
                return .host(volume.source.below(path, from: covering))
            }
            if root.tmpfs.contains(where: { $0.destination == covering }) { return path == covering ? .made : .nowhere }
            return .host(path)
        }
        if root.uncovered.contains(where: { path.starts(with: $0) }) { return .host(path) }
        // Where an image has none it is made.
        if case .image = spec.filesystem.rootfs { return .made }
        if case .directory(let top) = spec.filesystem.rootfs { return .host(top.below(path, from: "/")) }
        let isMade = root.entries.contains { $0.path == path && $0.isEmptyDirectory && !$0.onlyIfPresent }
        if isMade { return .made }
        if spec.filesystem.masks.contains(where: { path.starts(with: $0) }) { return .nowhere }
        return HiddenPaths.hides(path, homes: facts.homes) && !isEmptyInside(path, root) ? .nowhere : .host(path)
    }

    /// Whether a directory that the host has is there and empty, as homes are.
    private static func isEmptyInside(_ path: FilePath, _ root: RootPlan) -> Bool {
        root.entries.contains { $0.path == path && $0.isEmptyDirectory }
            && !root.entries.contains { $0.path != path && $0.isEmptyDirectory && path.starts(with: $0.path) }
    }

    private static func isVolume(_ path: FilePath, _ root: RootPlan) -> Bool {
        root.volumes.contains { $0.destination == path }
    }
}

extension FilePath {
    /// The path below this one that corresponds to a path below another.
    fileprivate func below(_ path: FilePath, from top: FilePath) -> FilePath {
        appending(path.components.dropFirst(top.components.count))
    }
}

extension LayerEntry {
    var isEmptyDirectory: Bool {
        if case .emptyDirectory = kind { return true }
        return false
    }
}
