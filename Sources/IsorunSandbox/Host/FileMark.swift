internal import Glibc
internal import SystemPackage

/// What stands at a path; all 0 where nothing does.
struct FileMark: Equatable, Sendable {
    private var device: UInt64 = 0
    private var inode: UInt64 = 0
    private var size: Int64 = 0
    private var seconds = 0
    private var nanoseconds = 0

    /// Marks what stands there now.
    ///
    /// - Parameters:
    ///   - path: follows links.
    ///   - changes: whether it is another mark once the file, or what a directory names, has changed.
    init(_ path: FilePath, changes: Bool) {
        var status = stat()
        guard unsafe path.withPlatformString({ unsafe stat($0, &status) }) == 0 else { return }
        (device, inode) = (UInt64(status.st_dev), UInt64(status.st_ino))
        guard changes else { return }
        (seconds, nanoseconds) = (status.st_ctim.tv_sec, status.st_ctim.tv_nsec)
        size = Int64(status.st_size)
    }
}
