internal import CIsorunSystem
internal import Glibc
public import SystemPackage

/// What `lstat` says of an entry.
public struct FileStatus: Hashable, Sendable {
    /// The type of an entry.
    public enum Kind: Hashable, Sendable { case directory, file, link, other }
    /// Type and permissions, `st_mode`.
    public var mode: UInt32
    /// The owner.
    public var uid: UInt32
    /// The group.
    public var gid: UInt32
    /// Bytes.
    public var size: UInt64
    /// Names it has.
    public var links: UInt64
    /// The device it lies on.
    public var device: UInt64
    /// Its number there.
    public var inode: UInt64

    /// The type.
    public var kind: Kind {
        switch mode & 0o170000 {
        case 0o040000: .directory
        case 0o100000: .file
        case 0o120000: .link
        default: .other
        }
    }
}

/// A directory that is held by its descriptor; everything below it is named relative to it, and no link is followed.
public struct HeldDirectory: ~Copyable, Sendable {
    /// The directory.
    public let descriptor: OwnedDescriptor

    /// Takes over a descriptor of a directory.
    public init(_ descriptor: consuming OwnedDescriptor) {
        self.descriptor = descriptor
    }

    /// Opens a path of the host as it stands.
    public init(host path: FilePath) throws(SystemError) {
        let raw = unsafe path.withPlatformString { unsafe Glibc.open($0, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        self.descriptor = try OwnedDescriptor(raw < 0 ? -errno : raw, "open the directory", path.string)
    }

    /// Opens a directory below this one: `openat2(2)`, beneath it, no links.
    public func directory(_ path: String) throws(SystemError) -> HeldDirectory {
        HeldDirectory(try open(path, O_RDONLY | O_DIRECTORY, action: "open the directory"))
    }

    /// Opens a file below this one for reading, without waiting for a fifo's writer and without taking a terminal.
    public func file(_ path: String) throws(SystemError) -> OwnedDescriptor {
        try open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY, action: "open")
    }

    private func open(_ path: String, _ flags: Int32, action: String) throws(SystemError) -> OwnedDescriptor {
        let resolve = isorun_resolve_beneath | isorun_resolve_no_symlinks | isorun_resolve_no_magiclinks
        let flags = UInt64(flags | O_NOFOLLOW)
        let result = unsafe isorun_openat2(descriptor.raw, path.isEmpty ? "." : path, flags, 0, resolve)
        return try OwnedDescriptor(result, action, path)
    }

    /// What stands at a path below; nil where nothing does.
    public func status(_ path: String) throws(SystemError) -> FileStatus? {
        var found = isorun_stat()
        let result = unsafe isorun_lstat(descriptor.raw, path, &found)
        if result == -ENOENT || result == -ENOTDIR { return nil }
        _ = try check(result, "look at", path)
        return FileStatus(
            mode: found.mode,
            uid: found.uid,
            gid: found.gid,
            size: found.size,
            links: found.links,
            device: found.device,
            inode: found.inode
        )
    }

    /// Makes a directory with exactly this mode and owner.
    public func makeDirectory(_ path: String, mode: UInt32, uid: UInt32, gid: UInt32) throws(SystemError) {
        let result = unsafe isorun_make_directory(descriptor.raw, path, mode, uid, gid)
        _ = try check(result, "make the directory", path)
    }

    /// Makes an empty file with exactly this mode and owner.
    public func makeFile(_ path: String, mode: UInt32, uid: UInt32, gid: UInt32) throws(SystemError) {
        let result = unsafe isorun_make_file(descriptor.raw, path, mode, uid, gid)
        _ = try check(result, "make the file", path)
    }

    /// Makes a file with a text in it, with exactly this mode and owner.
    package func makeFile(_ path: String, text: String, mode: UInt32, uid: UInt32, gid: UInt32) throws(SystemError) {
        try makeFile(path, mode: mode, uid: uid, gid: gid)
        let resolve = isorun_resolve_beneath | isorun_resolve_no_symlinks
        let raw = unsafe isorun_openat2(descriptor.raw, path, UInt64(O_WRONLY | O_CLOEXEC), 0, resolve)
        let file = try OwnedDescriptor(raw, "open", path)
        var text = text
        let count = text.withUTF8 { unsafe Glibc.write(file.raw, $0.baseAddress, $0.count) }
        guard count == text.utf8.count else {
            throw SystemError("write", path, count < 0 ? Errno(rawValue: errno) : .noSpace)
        }
    }

    /// Makes overlay's mark for "nothing is here": a character device 0:0.
    public func makeWhiteout(_ path: String) throws(SystemError) {
        _ = try unsafe check(isorun_whiteout(descriptor.raw, path), "hide", path)
    }

    /// Makes overlay's mark for "nothing below shines through": `trusted.overlay.opaque`.
    public func makeOpaque(_ path: String, privileged: Bool = true) throws(SystemError) {
        let name = privileged ? "trusted.overlay.opaque" : "user.overlay.opaque"
        let result = unsafe isorun_set_attribute(descriptor.raw, path, name, "y")
        _ = try check(result, "cover", path)
    }

    /// Makes overlay's mark for "here is what the layers below have there", a path from their root on:
    /// `trusted.overlay.redirect`.
    public func makeRedirect(_ path: String, to place: FilePath) throws(SystemError) {
        let result = unsafe isorun_set_attribute(descriptor.raw, path, "trusted.overlay.redirect", place.string)
        _ = try check(result, "uncover", path)
    }

    /// The names in this directory, `.` and `..` left out, in the order the kernel gives them.
    public func names() throws(SystemError) -> [String] {
        let stream = try unsafe stream()
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while let name = try unsafe Self.next(stream) { names.append(name) }
        return names
    }

    /// Whether nothing is in this directory; of a full one only the first entries are read.
    public func isEmpty() throws(SystemError) -> Bool {
        let stream = try unsafe stream()
        defer { unsafe closedir(stream) }
        return try unsafe Self.next(stream) == nil
    }

    private static func next(_ stream: OpaquePointer) throws(SystemError) -> String? {
        // The end and a failure look the same but for this (readdir(3)).
        errno = 0
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
                unsafe String(cString: UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self))
            }
            if name != "." && name != ".." { return name }
        }
        guard errno == 0 else { throw SystemError("list", "", Errno(rawValue: errno)) }
        return nil
    }

    /// The names of what others than the owner and the group may not read, links left out.
    public func privateNames() throws(SystemError) -> [String] {
        let stream = try unsafe stream()
        defer { unsafe closedir(stream) }
        var names: [String] = []
        var error: Int32 = 0
        while let name = unsafe isorun_next_private(stream, &error) { unsafe names.append(String(cString: name)) }
        _ = try check(error, "list", "")
        return names
    }

    private func stream() throws(SystemError) -> OpaquePointer {
        let copy = try open("", O_RDONLY | O_DIRECTORY, action: "list the directory")
        guard let stream = unsafe fdopendir(copy.raw) else { throw SystemError("list", "", Errno(rawValue: errno)) }
        _ = copy.release()  // closedir closes it
        return unsafe stream
    }

    /// How full the file system is; nil where it cannot say.
    public func usage() -> FileSystemUsage? {
        var usage = isorun_usage()
        guard unsafe isorun_file_system_usage(descriptor.raw, &usage) == 0 else { return nil }
        return FileSystemUsage(
            bytesUsed: usage.bytes_used,
            bytesTotal: usage.bytes_total,
            filesUsed: usage.files_used,
            filesTotal: usage.files_total
        )
    }
}

/// How full a file system is, `statfs(2)`.
public struct FileSystemUsage: Hashable, Sendable {
    /// Bytes taken.
    public var bytesUsed: UInt64
    /// Bytes there are.
    public var bytesTotal: UInt64
    /// Files there are.
    public var filesUsed: UInt64
    /// Files there may be.
    public var filesTotal: UInt64
}
