internal import IsorunModel
internal import IsorunSystem
internal import SystemPackage

/// What stands in `/` and in each directory that holds mounts: the parts of an unprivileged caller's root.
enum RootListing {
    // What is in these is hidden or the container's own, whatever is mounted there.
    private static let ignored: [FilePath] = ["/proc", "/sys", "/dev", "/run", "/tmp"]

    static func read(mounts: [HostMount], _ reading: inout HostReading) -> [FilePath: [HostEntry]] {
        var directories: Set<FilePath> = ["/"]
        for point in mounts.map(\.mountPoint) where !ignored.contains(where: { point.starts(with: $0) }) {
            var directory = point
            while directory.removeLastComponent(), !directory.components.isEmpty { directories.insert(directory) }
        }
        var listings: [FilePath: [HostEntry]] = [:]
        for directory in directories { listings[directory] = entries(of: directory, &reading) }
        return listings
    }

    /// Links, directories and files by name; nil where the caller may not look.
    private static func entries(of path: FilePath, _ reading: inout HostReading) -> [HostEntry]? {
        do throws(SystemError) {
            let directory = try HeldDirectory(host: path)
            return entries(of: directory, try directory.names())
        } catch {
            reading.note(error)
            return nil
        }
    }

    private static func entries(of directory: borrowing HeldDirectory, _ names: [String]) -> [HostEntry] {
        var entries: [HostEntry] = []
        for name in names.sorted() {
            guard let status = try? directory.status(name) else { continue }
            let isPrivate = status.mode & 0o004 == 0
            switch status.kind {
            case .directory: entries.append(HostEntry(name, .directory, isPrivate: isPrivate))
            case .file: entries.append(HostEntry(name, .file, isPrivate: isPrivate))
            case .link:
                guard let target = directory.linkTarget(ByteString(name)) else { continue }
                entries.append(HostEntry(name, .link(target: target)))
            case .other: continue
            }
        }
        return entries
    }
}
