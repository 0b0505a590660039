internal import Glibc
internal import IsorunModel
internal import IsorunSystem
internal import SystemPackage

/// The copies of what has several names, so that its other names become links to the copy and no more copies.
///
/// Each has another name for as long, its number in a directory of these alone: the path to the first of the job's names
/// may be longer than the kernel takes.
final class LinkedCopies {
    private struct Key: Hashable {
        let device: UInt64
        let inode: UInt64

        init(_ entry: EntryStatus) {
            device = entry.device
            inode = entry.inode
        }

        var name: ByteString { ByteString("\(device).\(inode)") }
    }

    private let path: FilePath
    private let directory: HeldDirectory
    private var known: Set<Key> = []

    /// Begins with none, in a directory that is made, on the file system of the copies.
    init(in path: FilePath) throws(SystemError) {
        let result = unsafe path.withPlatformString { unsafe mkdir($0, 0o700) }
        if result < 0 { throw SystemError("make the directory", path.string, Errno(rawValue: errno)) }
        self.path = path
        directory = try HeldDirectory(host: path)
    }

    /// Gives a copy that was kept another name.
    ///
    /// False where there is none, or where it has as many names as its file system takes: then it is no longer kept.
    func link(
        _ entry: EntryStatus,
        to name: ByteString,
        in target: borrowing HeldDirectory
    ) throws(SystemError) -> Bool {
        let key = Key(entry)
        guard known.contains(key) else { return false }
        let answer = Self.link(key.name, in: directory, to: name, in: target)
        if answer == nil { return true }
        guard let answer, answer == .tooManyLinks else {
            throw SystemError("make the hard link", name.text, answer ?? .ioError)
        }
        known.remove(key)
        let raw = directory.descriptor.raw
        _ = unsafe key.name.withPlatformBytes { unsafe unlinkat(raw, $0, 0) }
        return false
    }

    /// Keeps a copy, by a name that it has.
    func keep(_ entry: EntryStatus, _ name: ByteString, in target: borrowing HeldDirectory) throws(SystemError) {
        let key = Key(entry)
        if let answer = Self.link(name, in: target, to: key.name, in: directory) {
            throw SystemError("make the hard link", name.text, answer)
        }
        known.insert(key)
    }

    /// Removes the names that they have here.
    func remove() throws(SystemError) {
        try directory.removeContents()
        let result = unsafe path.withPlatformString { unsafe rmdir($0) }
        if result < 0 { throw SystemError("remove the directory", path.string, Errno(rawValue: errno)) }
    }

    /// What the kernel says against it; a link itself gets the name, not what it leads to.
    private static func link(
        _ old: ByteString,
        in source: borrowing HeldDirectory,
        to new: ByteString,
        in target: borrowing HeldDirectory
    ) -> Errno? {
        let (from, to) = (source.descriptor.raw, target.descriptor.raw)
        let result = unsafe old.withPlatformBytes { old in
            unsafe new.withPlatformBytes { unsafe linkat(from, old, to, $0, 0) }
        }
        return result < 0 ? Errno(rawValue: errno) : nil
    }
}
