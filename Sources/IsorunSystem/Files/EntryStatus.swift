package import Glibc
public import IsorunModel
internal import SystemPackage

/// What a directory entry is, told by its name's bytes and without following a link: `fstatat(2)`.
public struct EntryStatus: Hashable, Sendable {
    /// The type of an entry.
    public enum Kind: Hashable, Sendable {
        case directory, file, link, fifo, socket, characterDevice, blockDevice, unknown
    }
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
    /// Bytes that are taken for it: holes take none.
    public var allocated: UInt64
    /// The device it lies on.
    public var device: UInt64
    /// Its number there.
    public var inode: UInt64
    /// The number of a device, `st_rdev`.
    public var deviceNumber: UInt64
    /// The last change of its contents: seconds and nanoseconds since 1970.
    public var modified: (seconds: Int, nanoseconds: Int) { (modifiedSeconds, modifiedNanoseconds) }

    private var modifiedSeconds: Int
    private var modifiedNanoseconds: Int

    /// The type.
    public var kind: Kind {
        switch mode & 0o170000 {
        case 0o040000: .directory
        case 0o100000: .file
        case 0o120000: .link
        case 0o010000: .fifo
        case 0o140000: .socket
        case 0o020000: .characterDevice
        case 0o060000: .blockDevice
        default: .unknown
        }
    }

    /// Overlay's mark for "nothing is here", where it stands in an upper directory.
    public var isWhiteout: Bool { kind == .characterDevice && deviceNumber == 0 }

    /// What an open file is: `fstat(2)`.
    public init(of file: borrowing OwnedDescriptor) throws(SystemError) {
        var found = stat()
        guard unsafe fstat(file.raw, &found) == 0 else { throw SystemError("look at", "", Errno(rawValue: errno)) }
        self.init(found)
    }

    package init(_ found: stat) {
        mode = found.st_mode
        uid = found.st_uid
        gid = found.st_gid
        size = UInt64(max(found.st_size, 0))
        links = UInt64(found.st_nlink)
        // In units of 512 bytes, whatever the file system's own are: stat(3type).
        allocated = UInt64(max(found.st_blocks, 0)) * 512
        device = UInt64(found.st_dev)
        inode = UInt64(found.st_ino)
        deviceNumber = UInt64(found.st_rdev)
        modifiedSeconds = found.st_mtim.tv_sec
        modifiedNanoseconds = found.st_mtim.tv_nsec
    }
}

extension FileStatus {
    /// Of what was looked at byte for byte.
    public init(_ entry: EntryStatus) {
        self.init(
            mode: entry.mode,
            uid: entry.uid,
            gid: entry.gid,
            size: entry.size,
            links: entry.links,
            device: entry.device,
            inode: entry.inode
        )
    }
}

extension HeldDirectory {
    /// What stands under a name in this very directory; nil where nothing does.
    ///
    /// - Parameter name: one name, not a path: a link in the middle of a path would be followed.
    /// - Returns: its type and metadata.
    /// - Throws: the kernel's answer.
    public func entry(_ name: ByteString) throws(SystemError) -> EntryStatus? {
        var found = stat()
        let result = unsafe name.withPlatformBytes { unsafe fstatat(descriptor.raw, $0, &found, AT_SYMLINK_NOFOLLOW) }
        if result == 0 { return EntryStatus(found) }
        if errno == ENOENT { return nil }
        throw SystemError("look at", name.text, Errno(rawValue: errno))
    }
}
