internal import Glibc
internal import SystemPackage

/// A directory of a hierarchy: a job's own, by its name below a held parent, or the parent itself.
///
/// It owns nothing.
/// A job holds no descriptor in most hierarchies: its files are opened by two-component paths below parents that all
/// jobs share, so that a hundred jobs at a time stay below the usual limit of 1,024 descriptors.
struct GroupDirectory: Sendable {
    /// The descriptor of the parent.
    let parent: Int32
    /// The directory's name in it; nil is the parent itself.
    let name: GroupName?

    /// The longest path that is ever built: a name, a slash, a file of the kernel, NUL.
    private static let longestPath = 96

    /// Calls `body` with the path of a file relative to the parent; no file is the directory itself.
    @inline(__always)
    func withPath(_ file: StaticString?, _ body: (UnsafePointer<CChar>) -> Int32) -> Int32 {
        unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Self.longestPath) { path in
            var length = 0
            if let name {
                for index in 0..<name.count { unsafe path[index] = name.bytes[index] }
                length = name.count
            }
            if let file {
                if length > 0 {
                    unsafe path[length] = UInt8(ascii: "/")
                    length += 1
                }
                precondition(length + file.utf8CodeUnitCount < Self.longestPath)
                for index in 0..<file.utf8CodeUnitCount { unsafe path[length + index] = file.utf8Start[index] }
                length += file.utf8CodeUnitCount
            }
            if length == 0 {
                unsafe path[0] = UInt8(ascii: ".")
                length = 1
            }
            unsafe path[length] = 0
            guard let start = path.baseAddress else { return -EINVAL }
            return unsafe start.withMemoryRebound(to: CChar.self, capacity: length + 1) { unsafe body($0) }
        }
    }

    /// Opens a file of the directory: a descriptor, or `-errno`.
    func open(_ file: StaticString?, _ flags: Int32) -> Int32 {
        unsafe withPath(file) { path in
            while true {
                let result = unsafe openat(parent, path, flags | O_CLOEXEC | O_NOFOLLOW)
                if result >= 0 { return result }
                if errno != EINTR { return -errno }
            }
        }
    }

    /// Makes the directory: 0, or `-errno`.
    ///
    /// Mode 0711: the job may read its limits where the hierarchy is shown to it, but only root and the owner can open
    /// the directory, and so only they can hold its lock.
    func make() -> Int32 {
        unsafe withPath(nil) { unsafe mkdirat(parent, $0, 0o711) < 0 ? -errno : 0 }
    }

    /// Removes the directory: 0, or `-errno`.
    func remove() -> Int32 {
        unsafe withPath(nil) { unsafe unlinkat(parent, $0, AT_REMOVEDIR) < 0 ? -errno : 0 }
    }

    /// The device and inode of the directory; nil where there is none.
    var identity: FileIdentity? {
        var status = stat()
        let result = unsafe withPath(nil) { unsafe fstatat(parent, $0, &status, AT_SYMLINK_NOFOLLOW) }
        return result == 0 ? FileIdentity(status) : nil
    }

    /// Where a file of the directory is, for messages.
    func path(of file: StaticString? = nil) -> FilePath {
        var path = descriptorPath(parent)
        if let name { path.append(name.text) }
        if let file { path.append("\(file)") }
        return path
    }
}

/// Which file a path or a descriptor is.
struct FileIdentity: Hashable {
    let device: UInt64
    let inode: UInt64

    init(_ status: stat) {
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
    }

    /// The file behind a descriptor.
    init?(descriptor: Int32) {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { return nil }
        self.init(status)
    }
}

/// The path behind a descriptor, from `/proc/self/fd`; for messages only.
func descriptorPath(_ descriptor: Int32) -> FilePath {
    unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(PATH_MAX)) { buffer in
        guard let start = buffer.baseAddress else { return FilePath() }
        let count = unsafe readlink("/proc/self/fd/\(descriptor)", start, buffer.count - 1)
        guard count > 0 else { return FilePath("descriptor \(descriptor)") }
        unsafe buffer[count] = 0
        return unsafe FilePath(platformString: start)
    }
}
