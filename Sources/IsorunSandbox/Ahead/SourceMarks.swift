internal import Glibc
internal import IsorunModel
internal import IsorunPlanning
internal import IsorunSystem
internal import SystemPackage

/// What a container's files were made from, as it was then: where it has changed since, the container is not used.
///
/// What is hidden inside is found by looking at the host, so a file that came since might not be hidden; and a volume
/// whose directory was replaced would show the old one.
struct SourceMarks: Equatable {
    /// What stands at a path; all 0 where nothing does.
    private struct Mark: Equatable {
        var device: UInt64 = 0
        var inode: UInt64 = 0
        var seconds = 0
        var nanoseconds = 0
    }
    private let sources: [Mark]
    private let directories: [Mark]
    /// What others may not read in the directories of which that is hidden.
    private let privateNames: [[String]]

    init(_ root: RootPlan) {
        let mounted = root.volumes.map(\.source) + root.overlays.map(\.source) + root.layers.map(\.source)
        sources = ([root.lower] + mounted).map { Self.mark($0, changes: false) }
        var looked: Set<FilePath> = []
        for entry in root.entries { looked.insert(entry.path.removingLastComponent()) }
        directories = looked.sorted { $0.string < $1.string }.map { path in
            // A path in another file system of the host is below that one's own view.
            Self.mark(root.lower.appending(path.components), changes: true)
        }
        privateNames = root.privateDirectories.map { path in
            let directory = try? HeldDirectory(host: root.lower.appending(path.components))
            return (try? directory?.privateNames() ?? []) ?? []
        }
    }

    private static func mark(_ path: FilePath, changes: Bool) -> Mark {
        var status = stat()
        guard unsafe path.withPlatformString({ unsafe stat($0, &status) }) == 0 else { return Mark() }
        var mark = Mark(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
        if changes { (mark.seconds, mark.nanoseconds) = (status.st_ctim.tv_sec, status.st_ctim.tv_nsec) }
        return mark
    }
}
