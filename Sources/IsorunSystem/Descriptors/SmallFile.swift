internal import Glibc
public import SystemPackage

/// Files of the kernel that are read or written in one go: `/proc`, cgroups.
public enum SmallFile {
    /// Reads a file until its end, or until there are `limit` bytes or a few more.
    public static func read(_ path: FilePath, limit: Int = 16 << 20) throws(SystemError) -> [UInt8] {
        let file = try open(path, O_RDONLY)
        return try read(file, named: path, limit: limit)
    }

    /// Reads a whole file, or nothing of one that is longer than `limit` bytes: a part would be taken for all of it.
    ///
    /// - Throws: `EFBIG` where it is longer.
    public static func readWhole(_ path: FilePath, limit: Int) throws(SystemError) -> [UInt8] {
        let bytes = try read(path, limit: limit + 1)
        guard bytes.count <= limit else { throw SystemError("read", path.string, Errno(rawValue: EFBIG)) }
        return bytes
    }

    /// Reads what is left of an open file.
    public static func read(
        _ file: borrowing OwnedDescriptor,
        named path: FilePath,
        limit: Int = 16 << 20
    ) throws(SystemError) -> [UInt8] {
        var bytes: [UInt8] = []
        var size = 4096
        while bytes.count < limit, try append(to: &bytes, from: file, named: path, size) {
            size = min(size * 2, 1 << 20)
        }
        return bytes
    }

    /// Puts so many bytes at most behind those that there are: false at the end of the file.
    static func append(
        to bytes: inout [UInt8],
        from file: borrowing OwnedDescriptor,
        named path: FilePath,
        _ size: Int
    ) throws(SystemError) -> Bool {
        let used = bytes.count
        var count = 0
        bytes.append(contentsOf: repeatElement(0, count: size))
        repeat {
            count = unsafe bytes.withUnsafeMutableBytes {
                unsafe Glibc.read(file.raw, $0.baseAddress?.advanced(by: used), size)
            }
        } while count < 0 && errno == EINTR
        let answer = errno
        bytes.removeLast(size - max(count, 0))
        if count < 0 { throw SystemError("read", path.string, Errno(rawValue: answer)) }
        return count > 0
    }

    /// Writes a text in one call, as the kernel's control files want it.
    public static func write(_ text: String, to path: FilePath) throws(SystemError) {
        let file = try open(path, O_WRONLY)
        var text = text
        let count = text.withUTF8 { unsafe Glibc.write(file.raw, $0.baseAddress, $0.count) }
        if count < 0 { throw SystemError("write", path.string, Errno(rawValue: errno)) }
    }

    static func open(_ path: FilePath, _ flags: Int32) throws(SystemError) -> OwnedDescriptor {
        let raw = unsafe path.withPlatformString { unsafe Glibc.open($0, flags | O_CLOEXEC) }
        return try OwnedDescriptor(raw < 0 ? -errno : raw, "open", path.string)
    }
}
