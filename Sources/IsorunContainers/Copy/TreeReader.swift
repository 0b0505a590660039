internal import CIsorunSystem
internal import Glibc
internal import IsorunModel
internal import IsorunSystem
internal import SystemPackage

/// Puts a file, or a directory with all that is in it, into a tar archive.
///
/// Below the place that was named no link is followed, and nothing is opened that could wait or do something: fifos,
/// sockets and devices are left out with a word about it. Somebody may change the tree at the same time: then it is one
/// or the other that is read, each name looked up in a directory that is held.
package final class TreeReader {
    private let archive: TarWriter
    private let followsLink: Bool
    private let warn: (String) -> Void
    private var buffer = [UInt8](repeating: 0, count: 128 << 10)

    /// Deeper than this nobody has directories; each on the way costs a descriptor.
    private static let deepest = 400

    /// - Parameters:
    ///   - archive: where it goes.
    ///   - followsLink: whether a link that is named itself stands for what it leads to.
    ///   - warn: hears of what is left out.
    package init(_ archive: TarWriter, followsLink: Bool, warn: @escaping (String) -> Void) {
        self.archive = archive
        self.followsLink = followsLink
        self.warn = warn
    }

    /// Reads what is at a path, under its last name; under `.` where only the contents of a directory are meant.
    package func read(_ path: String) throws(ContainerError) {
        let meansContents = path.hasSuffix("/.") || path == "."
        let follow = followsLink || path.hasSuffix("/") || meansContents
        let flags = isorun_path_only | O_CLOEXEC | (follow ? 0 : O_NOFOLLOW)
        let raw = unsafe Glibc.open(path, flags)
        let place = try telling { () throws(SystemError) in try OwnedDescriptor(raw < 0 ? -errno : raw, "open", path) }
        let status = try telling { () throws(SystemError) in try EntryStatus(of: place) }
        let name: ByteString = meansContents ? "." : Self.lastName(of: path)
        switch status.kind {
        case .directory:
            let raw = unsafe Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | (follow ? 0 : O_NOFOLLOW))
            let directory = try telling { () throws(SystemError) in
                HeldDirectory(try OwnedDescriptor(raw < 0 ? -errno : raw, "open", path))
            }
            try add(directory, name, status, depth: 0)
        case .file:
            let raw = unsafe Glibc.open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | (follow ? 0 : O_NOFOLLOW))
            try add(
                telling { () throws(SystemError) in try OwnedDescriptor(raw < 0 ? -errno : raw, "open", path) },
                name
            )
        case .link:
            guard let target = HeldDirectory(place).linkTarget("") else { throw ContainerError("cannot read \(path)") }
            try add(link: name, to: ByteString(target), status)
        default: throw ContainerError("\(path) is neither a file nor a directory nor a link")
        }
    }

    /// The name that a path ends in; `.` of a root.
    static func lastName(of path: String) -> ByteString {
        FilePath(path).lexicallyNormalized().lastComponent.map { ByteString($0.string) } ?? "."
    }

    // MARK: Entries

    private func add(
        _ directory: borrowing HeldDirectory,
        _ path: ByteString,
        _ status: EntryStatus,
        depth: Int
    ) throws(ContainerError) {
        guard depth < Self.deepest else {
            throw ContainerError("\(path) is nested deeper than \(Self.deepest) directories")
        }
        try begin(path, .directory, status, size: 0)
        // The kernel's own files are made as they are read.
        if depth > 0, isorun_is_kernels(directory.descriptor.raw) == 1 { return }
        let names = try telling { () throws(SystemError) in try directory.byteNames() }
        for name in names.sorted() {
            try add(name, of: directory, at: path == "." ? name : path + "/" + name, depth: depth + 1)
        }
    }

    private func add(
        _ name: ByteString,
        of parent: borrowing HeldDirectory,
        at path: ByteString,
        depth: Int
    ) throws(ContainerError) {
        // What is gone by now was not there.
        guard let status = try telling({ () throws(SystemError) in try parent.entry(name) }) else { return }
        switch status.kind {
        case .directory:
            guard let child = try open(name, of: parent, O_DIRECTORY, path) else { return }
            let directory = HeldDirectory(child)
            let held = try telling { () throws(SystemError) in try EntryStatus(of: directory.descriptor) }
            try add(directory, path, held, depth: depth)
        case .file:
            guard let file = try open(name, of: parent, O_NONBLOCK | O_NOCTTY, path) else { return }
            try add(file, path)
        case .link:
            guard let target = parent.linkTarget(name) else { return }
            try add(link: path, to: ByteString(target), status)
        default: warn("left out, for it is no file, directory or link: \(path)")
        }
    }

    /// Nil where something else stands there by now.
    private func open(
        _ name: ByteString,
        of parent: borrowing HeldDirectory,
        _ flags: Int32,
        _ path: ByteString
    ) throws(ContainerError) -> OwnedDescriptor? {
        let closed = name.bytes.map { CChar(bitPattern: $0) } + [0]
        let raw = unsafe openat(parent.descriptor.raw, closed, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | flags)
        if raw >= 0 { return OwnedDescriptor(raw) }
        guard errno == ENOENT || errno == ELOOP || errno == ENOTDIR else {
            throw ContainerError(SystemError("open", path.text, Errno(rawValue: errno)))
        }
        return nil
    }

    private func add(_ file: consuming OwnedDescriptor, _ path: ByteString) throws(ContainerError) {
        let status = try telling { () throws(SystemError) in try EntryStatus(of: file) }
        guard status.kind == .file else { return warn("left out, for it became something else: \(path)") }
        try begin(path, .file, status, size: status.size)
        var rest = status.size
        while rest > 0 {
            let wanted = min(Int(clamping: rest), buffer.count)
            var count = 0
            repeat {
                count = unsafe buffer.withUnsafeMutableBytes {
                    unsafe Glibc.read(file.raw, $0.baseAddress, wanted)
                }
            } while count < 0 && errno == EINTR
            if count < 0 { throw ContainerError(SystemError("read", path.text, Errno(rawValue: errno))) }
            if count == 0 {
                // The archive has promised so many bytes.
                warn("it became shorter while it was read, and ends in zeros: \(path)")
                buffer = [UInt8](repeating: 0, count: buffer.count)
                count = wanted
            }
            try telling { () throws(SystemError) in try archive.write(buffer[..<count]) }
            rest -= UInt64(count)
        }
    }

    private func add(link path: ByteString, to target: ByteString, _ status: EntryStatus) throws(ContainerError) {
        try begin(path, .link(target: target), status, size: 0)
    }

    private func begin(
        _ path: ByteString,
        _ kind: TarEntry.Kind,
        _ status: EntryStatus,
        size: UInt64
    ) throws(ContainerError) {
        var entry = TarEntry(path, kind, mode: status.mode & 0o7777)
        entry.uid = status.uid
        entry.gid = status.gid
        entry.size = size
        entry.modified = Int64(status.modified.seconds)
        try telling { () throws(SystemError) in try archive.begin(entry) }
    }
}

extension ByteString {
    fileprivate static func + (left: ByteString, right: ByteString) -> ByteString {
        ByteString(left.bytes + right.bytes)
    }
}
