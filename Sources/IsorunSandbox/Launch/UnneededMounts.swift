internal import IsorunModel
internal import SystemPackage

/// The mounts of a host that no container needs while it is made, though a mount namespace of its own has copies of all.
///
/// The keeper opens everything of the host that a container shows. Its first process itself takes devices from `/dev`,
/// and the kernel lets it have a `/proc` and `/sys` where it sees all of the host's own: what is hidden there stays so
/// (mount_too_revealing, fs/namespace.c).
enum UnneededMounts {
    /// The topmost of them, in the table's order; one for each that stands on the same path.
    static func paths(among mounts: [HostMount]) -> [FilePath] {
        var dropped: Set<FilePath> = []
        var paths: [FilePath] = []
        for path in mounts.lazy.map(\.mountPoint)
        where dropped.contains(path) || isUnneeded(path) && !isBelow(dropped, path) {
            dropped.insert(path)
            paths.append(path)
        }
        return paths
    }

    /// On directories that the kernel keeps empty for others to mount on: there is nothing that they could hide.
    private static let onEmpty: Set<FilePath> = [
        "/sys/fs/bpf", "/sys/fs/cgroup", "/sys/fs/fuse/connections", "/sys/fs/pstore", "/sys/kernel/config",
        "/sys/kernel/debug", "/sys/kernel/security", "/sys/kernel/tracing",
        // And what has no devices that jobs are given.
        "/dev/hugepages", "/dev/mqueue", "/dev/pts", "/dev/shm",
    ]

    private static func isUnneeded(_ path: FilePath) -> Bool {
        if path == "/" || !path.isAbsolute { return false }
        return onEmpty.contains(path) || !["/dev", "/proc", "/sys"].contains { path.starts(with: $0) }
    }

    private static func isBelow(_ dropped: Set<FilePath>, _ path: FilePath) -> Bool {
        var above = path.parent
        while let path = above, !dropped.contains(path) { above = path.parent }
        return above != nil
    }
}
