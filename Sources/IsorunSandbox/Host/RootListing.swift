internal import IsorunModel
internal import IsorunSystem
internal import SystemPackage

/// What stands in `/` and in each directory that holds mounts: the parts of an unprivileged caller's root.
enum RootListing {
    // What is in these is hidden or the container's own, whatever is mounted there.
    private static let ignored: [FilePath] = ["/proc", "/sys", "/dev", "/run", "/tmp"]

    static func read(mounts: [HostMount]) -> [FilePath: [HostEntry]] {
        var directories: Set<FilePath> = ["/"]
        for point in mounts.map(\.mountPoint) where !ignored.contains(where: { point.starts(with: $0) }) {
            var directory = point
            while directory.removeLastComponent(), !directory.components.isEmpty { directories.insert(directory) }
        }
        var listings: [FilePath: [HostEntry]] = [:]
        for directory in directories { listings[directory] = entries(of: directory) }
        return listings
    }

    /// Links, directories and files by name; nil where the caller may not look.
    private static func entries(of path: FilePath) -> [HostEntry]? {
        guard let directory = try? HeldDirectory(host: path), let names = try? directory.names() else { return nil }
        return names.sorted().compactMap { name in
            guard let status = try? directory.status(name) else { return nil }
            let isPrivate = status.mode & 0o004 == 0
            switch status.kind {
            case .directory: return HostEntry(name, .directory, isPrivate: isPrivate)
            case .file: return HostEntry(name, .file, isPrivate: isPrivate)
            case .link: return directory.linkTarget(ByteString(name)).map { HostEntry(name, .link(target: $0)) }
            case .other: return nil
            }
        }
    }
}
