internal import IsorunModel
internal import SystemPackage

/// A mount of a v1 hierarchy with what its options name, controllers among them.
struct LegacyMount {
    let mount: HostMount
    let controllers: [Substring]

    /// Reads the options of a mount; nil where it is none of v1.
    init?(_ mount: HostMount) {
        guard mount.type == "cgroup" else { return nil }
        self.mount = mount
        controllers = mount.superOptions.split(separator: ",")
    }
}

/// A hierarchy as it is mounted here, and the directory in it that is this process's own.
struct MountedHierarchy: Hashable, Sendable {
    /// The kernel's two interfaces.
    enum Version: Hashable, Sendable { case v1, v2 }
    /// Which interface its files have.
    var version: Version
    /// The highest directory of it that is visible.
    var top: FilePath
    /// The own directory, or ``top`` where the own one lies outside of what is visible.
    var own: FilePath
    /// The device of its files, `major:minor`.
    var device: String

    /// Finds the hierarchy of a v1 controller; nil where none is mounted.
    static func legacy(_ controller: String, mounts: [LegacyMount], own: OwnCgroups) -> Self? {
        let candidates = mounts.filter { $0.controllers.contains(controller[...]) }
        return best(of: candidates.map(\.mount), version: .v1, own: own.legacy[controller])
    }

    /// Finds the unified hierarchy; nil where none is mounted.
    static func unified(mounts: [HostMount], own: OwnCgroups) -> Self? {
        let mounts = mounts.filter { $0.type == "cgroup2" && !isOutOfReach($0, own: own.unified) }
        return best(of: mounts, version: .v2, own: own.unified)
    }

    /// Whether a mount, or this process, is outside of the cgroup namespace where the kernel makes that a border.
    ///
    /// With `nsdelegate` it answers ENOENT to a move, and to clone3(2) into a cgroup, with either end outside.
    private static func isOutOfReach(_ mount: HostMount, own: FilePath?) -> Bool {
        guard mount.superOptions.split(separator: ",").contains("nsdelegate") else { return false }
        return mount.root.components.contains("..") || own?.components.contains("..") == true
    }

    /// Takes the first mount that shows the own directory, else the first at all.
    private static func best(of mounts: [HostMount], version: Version, own: FilePath?) -> Self? {
        for mount in mounts {
            guard let own, let directory = directory(of: own, in: mount) else { continue }
            return Self(version: version, top: mount.mountPoint, own: directory, device: mount.device)
        }
        return mounts.first.map {
            Self(version: version, top: $0.mountPoint, own: $0.mountPoint, device: $0.device)
        }
    }

    /// Where a cgroup is seen through a mount; nil where that mount does not show it.
    ///
    /// A mount's `root` is the cgroup that is mounted: `/` mostly, but the container's own one where a runtime bind
    /// mounts that, and `/..` for what lies above the root of a cgroup namespace (cgroup_namespaces(7)).
    private static func directory(of cgroup: FilePath, in mount: HostMount) -> FilePath? {
        if cgroup == "/", mount.root == "/" { return mount.mountPoint }
        guard !cgroup.components.contains(".."), !mount.root.components.contains("..") else { return nil }
        guard cgroup.starts(with: mount.root) else { return nil }
        var directory = mount.mountPoint
        for component in cgroup.components.dropFirst(mount.root.components.count) { directory.append(component) }
        return directory
    }

    /// The directories from the own one up to ``top``, nearest first.
    var ancestors: [FilePath] {
        var directories = [own]
        while let last = directories.last, last != top, last.starts(with: top), let parent = last.parent {
            directories.append(parent)
        }
        return directories
    }
}
