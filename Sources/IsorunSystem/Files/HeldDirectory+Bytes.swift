internal import CIsorunSystem
internal import Glibc
public import IsorunModel
internal import SystemPackage

extension ByteString {
    /// Calls a function of C with the bytes and a closing NUL.
    package func withPlatformBytes<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
        let closed = bytes.map { CChar(bitPattern: $0) } + [0]
        return unsafe body(closed)
    }
}

private let nameOffset = MemoryLayout<dirent>.offset(of: \.d_name) ?? 19

// Names that need not be UTF-8 are kept byte for byte: a String would repair them, and so name another file.
extension HeldDirectory {
    /// Opens a directory below this one, on the same file system and through no link: `openat2(2)`.
    ///
    /// - Parameter path: relative, shorter than `PATH_MAX`; the empty one is this directory itself.
    /// - Returns: the directory.
    /// - Throws: the kernel's answer, `ELOOP` for a link.
    public func directory(_ path: ByteString) throws(SystemError) -> HeldDirectory {
        HeldDirectory(try open(path, O_RDONLY | O_DIRECTORY, "open the directory"))
    }

    /// Opens a file below this one for reading, without waiting for a fifo's writer and without taking a terminal.
    public func file(_ path: ByteString) throws(SystemError) -> OwnedDescriptor {
        try open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY, "open")
    }

    /// What stands at a path below, reached through no link; nil where nothing does or a link is on the way.
    public func statusBeneath(_ path: ByteString) throws(SystemError) -> EntryStatus? {
        do throws(SystemError) {
            return try EntryStatus(of: try open(path, isorun_path_only, "look at"))
        } catch {
            if [.noSuchFileOrDirectory, .notDirectory, .tooManySymbolicLinkLevels].contains(error.errno) { return nil }
            throw error
        }
    }

    /// Holds what stands at a path below, reached through no link, without opening it: no permission of its own is asked.
    package func place(_ path: ByteString) throws(SystemError) -> OwnedDescriptor {
        try open(path, isorun_path_only, "look at")
    }

    private func open(_ path: ByteString, _ flags: Int32, _ action: String) throws(SystemError) -> OwnedDescriptor {
        let resolve =
            isorun_resolve_beneath | isorun_resolve_no_symlinks | isorun_resolve_no_magiclinks | isorun_resolve_no_xdev
        let flags = UInt64(flags | O_NOFOLLOW)
        let result = unsafe (path.bytes.isEmpty ? "." : path).withPlatformBytes {
            unsafe isorun_openat2(descriptor.raw, $0, flags, 0, resolve)
        }
        return try OwnedDescriptor(result, action, path.text)
    }

    /// Makes overlay's mark for "nothing is here" in this very directory: a character device 0:0.
    public func makeWhiteout(_ name: ByteString) throws(SystemError) {
        let result = unsafe name.withPlatformBytes { unsafe isorun_whiteout(descriptor.raw, $0) }
        _ = try check(result, "hide", name.text)
    }

    /// Whether overlay shows nothing of the lower directory in this upper one: `trusted.overlay.opaque` is `y`, or
    /// `user.overlay.opaque` in an overlay of a user namespace.
    public var isOpaque: Bool {
        ["trusted.overlay.opaque", "user.overlay.opaque"].contains { (name: String) in
            unsafe isorun_attribute_is(descriptor.raw, name, "y") == 1
        }
    }

    /// Where a link below leads; nil where there is none.
    ///
    /// Directories on the way to it must be known to be no links.
    public func linkTarget(_ path: ByteString) -> String? {
        let size = Int(PATH_MAX)
        return unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: size) { buffer in
            guard let base = buffer.baseAddress else { return nil }
            let length = unsafe path.withPlatformBytes { unsafe readlinkat(descriptor.raw, $0, base, size) }
            guard length > 0 else { return nil }
            return unsafe String(decoding: UnsafeRawBufferPointer(start: base, count: length), as: UTF8.self)
        }
    }

    /// The names in it, all in memory: for what opens or removes them meanwhile, whose listing would be held so long.
    public func byteNames() throws(SystemError) -> [ByteString] {
        var names: [ByteString] = []
        try forEachName {
            names.append($0)
            return true
        }
        return names
    }

    /// Calls a function with each name, in the order the kernel gives them, until it returns false.
    ///
    /// Without `.` and `..`; however many there are, they are never all in memory.
    public func forEachName(_ body: (ByteString) -> Bool) throws(SystemError) {
        let copy = try open("", O_RDONLY | O_DIRECTORY, "list the directory")
        guard let stream = unsafe fdopendir(copy.raw) else { throw SystemError("list", "", Errno(rawValue: errno)) }
        _ = copy.release()  // closedir closes it
        defer { unsafe closedir(stream) }
        while true {
            errno = 0
            guard let entry = unsafe readdir(stream) else {
                if errno != 0 { throw SystemError("list", "", Errno(rawValue: errno)) }
                return
            }
            // The record ends with the name: what is behind it is not this entry's.
            let start = unsafe UnsafeRawPointer(entry) + nameOffset
            let length = unsafe strlen(start.assumingMemoryBound(to: CChar.self))
            let name = unsafe ByteString(UnsafeRawBufferPointer(start: start, count: length))
            if name != "." && name != ".." && !body(name) { return }
        }
    }
}
