internal import Glibc
internal import IsorunModel
internal import SystemPackage

/// The directories of a layout, open: what all jobs of a keeper share.
public final class CgroupTree: Sendable {
    /// The layout this was opened from.
    public let layout: CgroupLayout
    /// The hierarchies in which jobs get a directory, that of the life cycle first.
    let hierarchies: [Hierarchy]

    /// One of them.
    struct Hierarchy: Sendable {
        /// The directory in which jobs get theirs.
        let parent: Int32
        let path: FilePath
        let version: MountedHierarchy.Version
        let controllers: CgroupFacts.Controllers
        let freezes: Bool

        /// Whether every job gets a directory here, or only one that asked for a limit.
        let always: Bool
    }

    /// Opens the directories, and has a v2 parent hand down the controllers that every job has.
    ///
    /// - Throws: ``CgroupError`` where there is no hierarchy to make a cgroup in, or the kernel refuses.
    public init(_ layout: CgroupLayout) throws(CgroupError) {
        self.layout = layout
        var hierarchies: [Hierarchy] = []
        // The unified hierarchy counts CPU time by itself, `cpu.stat`. Without a cpu group of its own a job of many
        // processes would crowd out the host's.
        var common: CgroupFacts.Controllers = [.memory, .cpu, .pids]
        if !layout.parents.contains(where: { $0.version == .v2 }) { common.insert(.cpuacct) }
        do throws(CgroupError) {
            for parent in layout.parents {
                hierarchies.append(try Self.open(parent, common))
                if let last = hierarchies.last {
                    try Self.enable(parent.possible.intersection(common), in: last.parent)
                }
            }
        } catch {
            for hierarchy in hierarchies { close(hierarchy.parent) }
            throw error
        }
        self.hierarchies = hierarchies
        guard hierarchies.isEmpty else { return }
        let reason = CgroupFacts.Controller.allCases.lazy.compactMap { layout.facts.refusals[$0] }.first
        throw CgroupError("make a cgroup", "", nil, detail: reason ?? "no cgroup hierarchy is mounted")
    }

    deinit {
        for hierarchy in hierarchies { close(hierarchy.parent) }
    }

    /// The hierarchy that carries a controller.
    func index(of controller: CgroupFacts.Controller) -> Int? {
        hierarchies.firstIndex { $0.controllers.contains(controller) }
    }

    /// Opens a parent and makes sure that it is in the file system it was found in (CVE-2025-52881's lesson).
    private static func open(
        _ parent: CgroupLayout.Parent,
        _ common: CgroupFacts.Controllers
    ) throws(CgroupError) -> Hierarchy {
        let descriptor = unsafe parent.directory.withPlatformString {
            unsafe Glibc.open($0, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        }
        guard descriptor >= 0 else {
            throw CgroupError("open the cgroup", parent.directory, Errno(rawValue: errno))
        }
        guard let identity = FileIdentity(descriptor: descriptor), deviceNumber(identity.device) == parent.device else {
            close(descriptor)
            throw CgroupError("open the cgroup", parent.directory, nil, detail: "something else is mounted there")
        }
        return Hierarchy(
            parent: descriptor,
            path: parent.directory,
            version: parent.version,
            controllers: parent.controllers,
            freezes: parent.freezes,
            always: parent.version == .v2 || parent.freezes || !parent.controllers.isDisjoint(with: common)
        )
    }

    /// Has a v2 directory hand controllers down: `cgroup.subtree_control`.
    static func enable(_ controllers: CgroupFacts.Controllers, in parent: Int32) throws(CgroupError) {
        guard !controllers.isEmpty else { return }
        let directory = GroupDirectory(parent: parent, name: nil)
        let text = controllers.map { "+\($0.rawValue)" }.sorted().joined(separator: " ")
        let result = directory.write("cgroup.subtree_control", text: text)
        guard result != 0 else { return }
        throw CgroupError(
            "hand controllers down (\(text))",
            directory.path(of: "cgroup.subtree_control"),
            Errno(rawValue: -result),
            hint: "start isorun as `systemd-run --scope -p Delegate=yes isorun …`"
        )
    }
}
