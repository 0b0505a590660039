internal import CIsorunSystem
internal import Glibc
internal import IsorunModel
internal import IsorunSystem
internal import SystemPackage

/// Copies a directory with all that is in it, as it is: owners, modes, times, attributes, links and hard links.
///
/// It runs in a container of the image whose directory it copies (`fill-volume`), and nobody else is in that: whatever
/// the image holds, the kernel finds nothing for it that is not the image's or the volume's. No link is followed and no
/// other mount entered all the same. Set-ID bits are left out, as nothing gets them into a writable volume; so are
/// devices and sockets, which mean nothing there.
final class TreeCopier {
    private let root: Int32
    private let mount: UInt64
    /// Where the first name of a file with more than one went.
    private var linked: [Inode: [UInt8]] = [:]

    private struct Inode: Hashable {
        let device: UInt64
        let number: UInt64
    }

    /// Each directory on the way costs two descriptors.
    private static let deepest = 200

    /// Copies the contents of one directory into another, which gets the first one's owner, mode and times.
    static func copy(_ source: borrowing OwnedDescriptor, to target: borrowing OwnedDescriptor) throws(SystemError) {
        let copier = TreeCopier(target.raw, mount: isorun_mount_id(source.raw))
        try copier.contents(source.raw, target.raw, at: [], depth: 0)
        try copier.settle(target.raw, like: source.raw, try Self.status(of: source.raw), at: [])
    }

    private init(_ root: Int32, mount: UInt64) {
        self.root = root
        self.mount = mount
    }

    private func contents(_ source: Int32, _ target: Int32, at path: [UInt8], depth: Int) throws(SystemError) {
        guard depth < Self.deepest else { throw SystemError("copy", Self.text(path), .fileNameTooLong) }
        for name in try Self.names(in: source, path) {
            let below = (path.isEmpty ? [] : path + [UInt8(ascii: "/")]) + name.bytes
            try entry(name, source, target, at: below, depth: depth)
        }
    }

    private func entry(
        _ name: ByteString,
        _ source: Int32,
        _ target: Int32,
        at path: [UInt8],
        depth: Int
    ) throws(SystemError) {
        var status = stat()
        let closed = name.bytes.map { CChar(bitPattern: $0) } + [0]
        try Self.check(unsafe fstatat(source, closed, &status, AT_SYMLINK_NOFOLLOW), "look at", path)
        let inode = Inode(device: UInt64(status.st_dev), number: UInt64(status.st_ino))
        let isDirectory = status.st_mode & S_IFMT == S_IFDIR
        if !isDirectory, status.st_nlink > 1 {
            if let first = linked[inode] {
                let from = first.map { CChar(bitPattern: $0) } + [0]
                return try Self.check(unsafe linkat(root, from, target, closed, 0), "link", path)
            }
            linked[inode] = path
        }
        switch status.st_mode & S_IFMT {
        case S_IFDIR:
            let from = try Self.open(source, closed, O_RDONLY | O_DIRECTORY, path)
            // What is mounted there is the container's.
            guard isorun_mount_id(from.raw) == mount else { return }
            try Self.check(unsafe mkdirat(target, closed, 0o700), "make the directory", path)
            let to = try Self.open(target, closed, O_RDONLY | O_DIRECTORY, path)
            try contents(from.raw, to.raw, at: path, depth: depth + 1)
            try settle(to.raw, like: from.raw, status, at: path)
        case S_IFREG:
            let from = try Self.open(source, closed, O_RDONLY | O_NONBLOCK | O_NOCTTY, path)
            guard isorun_mount_id(from.raw) == mount else { return }
            let to = try Self.open(target, closed, O_WRONLY | O_CREAT | O_EXCL, path)
            try to.fill(from: from.borrowed, size: UInt64(max(status.st_size, 0)))
            try settle(to.raw, like: from.raw, status, at: path)
        case S_IFLNK:
            guard let place = HeldDirectory.linkTarget(closed, in: source) else {
                throw SystemError("read the link", Self.text(path), Errno(rawValue: errno))
            }
            try Self.check(unsafe symlinkat(place, target, closed), "make the link", path)
            try settle(closed, in: target, status, at: path)
        case S_IFIFO:
            try Self.check(unsafe mkfifoat(target, closed, 0o600), "make the fifo", path)
            try settle(closed, in: target, status, at: path)
            try Self.check(unsafe fchmodat(target, closed, status.st_mode & 0o777, 0), "set the mode of", path)
        default: break
        }
    }

    /// Owner first, which takes attributes and bits away; times last.
    private func settle(_ target: Int32, like source: Int32, _ status: stat, at path: [UInt8]) throws(SystemError) {
        try Self.check(fchown(target, status.st_uid, status.st_gid), "give an owner to", path)
        let copied = isorun_copy_attributes(source, target)
        if copied < 0 { throw SystemError("copy the attributes of", Self.text(path), Errno(rawValue: -copied)) }
        try Self.check(fchmod(target, status.st_mode & 0o1777), "set the mode of", path)
        let times = [status.st_atim, status.st_mtim]
        try Self.check(unsafe futimens(target, times), "set the time of", path)
    }

    private func settle(_ name: [CChar], in target: Int32, _ status: stat, at path: [UInt8]) throws(SystemError) {
        let flags = AT_SYMLINK_NOFOLLOW
        try Self.check(unsafe fchownat(target, name, status.st_uid, status.st_gid, flags), "give an owner to", path)
        let times = [status.st_atim, status.st_mtim]
        try Self.check(unsafe utimensat(target, name, times, flags), "set the time of", path)
    }

    // MARK: Calls

    /// The names in a directory; by openat(2), for the filter that keeps set-ID bits out of volumes knows no openat2(2).
    private static func names(in directory: Int32, _ path: [UInt8]) throws(SystemError) -> [ByteString] {
        let copy = try open(directory, [CChar(bitPattern: UInt8(ascii: ".")), 0], O_RDONLY | O_DIRECTORY, path)
        guard let stream = unsafe fdopendir(copy.raw) else {
            throw SystemError("list", text(path), Errno(rawValue: errno))
        }
        _ = copy.release()  // closedir closes it
        defer { unsafe closedir(stream) }
        guard let offset = MemoryLayout<dirent>.offset(of: \.d_name) else { return [] }
        var names: [ByteString] = []
        while true {
            errno = 0
            guard let entry = unsafe readdir(stream) else {
                if errno != 0 { throw SystemError("list", text(path), Errno(rawValue: errno)) }
                return names
            }
            // The record ends with the name: what is behind it is not this entry's.
            let start = unsafe UnsafeRawPointer(entry) + offset
            let length = unsafe strlen(start.assumingMemoryBound(to: CChar.self))
            let name = unsafe ByteString(UnsafeRawBufferPointer(start: start, count: length))
            if name != "." && name != ".." { names.append(name) }
        }
    }

    private static func status(of file: Int32) throws(SystemError) -> stat {
        var status = stat()
        try check(unsafe fstat(file, &status), "look at", [])
        return status
    }

    private static func open(
        _ directory: Int32,
        _ name: [CChar],
        _ flags: Int32,
        _ path: [UInt8]
    ) throws(SystemError) -> OwnedDescriptor {
        let raw = unsafe openat(directory, name, flags | O_NOFOLLOW | O_CLOEXEC, 0o600)
        return try OwnedDescriptor(raw < 0 ? -errno : raw, "open", text(path))
    }

    private static func check(_ result: Int32, _ action: String, _ path: [UInt8]) throws(SystemError) {
        guard result < 0 else { return }
        let answer = Errno(rawValue: errno)
        throw SystemError(action, text(path), answer)
    }

    private static func text(_ path: [UInt8]) -> String { path.isEmpty ? "." : String(decoding: path, as: UTF8.self) }
}

extension HeldDirectory {
    /// Where a link leads, NUL-terminated.
    fileprivate static func linkTarget(_ name: [CChar], in directory: Int32) -> [CChar]? {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        let length = unsafe readlinkat(directory, name, &buffer, buffer.count - 1)
        return length > 0 ? Array(buffer[..<length]) + [0] : nil
    }
}
