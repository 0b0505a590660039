internal import Glibc
internal import IsorunModel
internal import IsorunSystem
internal import SystemPackage

/// Makes files and directories of what a tar archive has.
///
/// The place that was named is found as the kernel finds it. Below it nothing is followed: each name is looked up in a
/// directory that is held, a link that stands where a directory should be is an error, and one that stands where a file
/// should be is replaced. Files are new ones of this process's, without set-ID bits.
package final class TreeWriter {
    private let archive: TarReader
    private let keepsOwners: Bool
    private let warn: (String) -> Void
    private var directories: [TarEntry] = []

    /// - Parameters:
    ///   - archive: what is written.
    ///   - keepsOwners: whether owners are those of the archive, and not this process's.
    ///   - warn: hears of what is left out.
    package init(_ archive: TarReader, keepsOwners: Bool, warn: @escaping (String) -> Void) {
        self.archive = archive
        self.keepsOwners = keepsOwners
        self.warn = warn
    }

    /// Writes what `TreeReader` has read to a place, as docker's `cp` finds it: into a directory that is there, or under
    /// the name that is not.
    ///
    /// - Returns: whether there was anything.
    package func write(to path: String) throws(ContainerError) -> Bool {
        guard let first = try archive.next() else { return false }
        if let directory = try? HeldDirectory(host: FilePath(path)) {
            try all(from: first, below: directory, names: \.components)
            return true
        }
        let target = FilePath(try place(path, for: first))
        guard let name = target.lastComponent.map({ ByteString($0.string) }) else {
            throw ContainerError("there is no directory \(path)")
        }
        let parent = target.removingLastComponent()
        let base = try telling { () throws(SystemError) in
            try HeldDirectory(host: parent.isEmpty ? "." : parent)
        }
        try all(from: first, below: base) { entry in
            guard let names = entry.components else { return nil }
            // The archive's first name gives way to the one that was asked for; `.` is no name.
            return [name] + names.dropFirst(first.path == "." ? 0 : 1)
        }
        return true
    }

    /// Unpacks any archive into a directory.
    package func unpack(into path: String) throws(ContainerError) {
        let base = try telling { () throws(SystemError) in try HeldDirectory(host: FilePath(path)) }
        guard let first = try archive.next() else { return }
        try all(from: first, below: base, names: \.components)
        archive.drain()
    }

    /// Where something new is made: a link to a file that was named itself stands for that file.
    private func place(_ path: String, for first: TarEntry) throws(ContainerError) -> String {
        let isThere = unsafe access(path, F_OK) == 0
        if isThere, first.kind == .directory { throw ContainerError("cannot copy a directory to a file: \(path)") }
        if !isThere, first.kind != .directory, path.hasSuffix("/") {
            throw ContainerError("there is no directory \(path)")
        }
        guard isThere, let real = unsafe realpath(path, nil) else { return path }
        defer { unsafe free(real) }
        return unsafe String(cString: real)
    }

    private func all(
        from first: TarEntry,
        below base: borrowing HeldDirectory,
        names: (TarEntry) -> [ByteString]?
    ) throws(ContainerError) {
        var next: TarEntry? = first
        while let entry = next {
            guard let path = names(entry) else { throw ContainerError("\(entry.path): it leads out of the archive") }
            if let last = path.last { try write(entry, last, path.dropLast(), base) }
            next = try archive.next()
        }
        // Only now: a directory without the right to write in it has got its files.
        for entry in directories.reversed() { try finish(entry, base) }
    }

    // MARK: Entries

    private func write(
        _ entry: TarEntry,
        _ name: ByteString,
        _ parents: ArraySlice<ByteString>,
        _ base: borrowing HeldDirectory
    ) throws(ContainerError) {
        if case .other(let letter) = entry.kind {
            return warn(
                "left out, for it is no file, directory or link (\(Character(Unicode.Scalar(letter)))): \(entry.path)"
            )
        }
        let parent = try Self.directory(parents, of: base, making: true)
        switch entry.kind {
        case .directory:
            guard try make(directory: name, parent, entry) else { return }
            var noted = entry
            noted.path = ByteString(([] + parents + [name]).map(\.bytes).joined(separator: [UInt8(ascii: "/")]))
            directories.append(noted)
        case .file: try write(file: name, parent, entry)
        case .link(let target):
            try clear(name, parent, entry)
            let made = unsafe name.closed { new in
                unsafe target.closed { unsafe symlinkat($0, parent.descriptor.raw, new) }
            }
            try Self.check(made, "make the link", entry)
            if keepsOwners {
                let flags = AT_SYMLINK_NOFOLLOW
                let result = unsafe name.closed {
                    unsafe fchownat(parent.descriptor.raw, $0, entry.uid, entry.gid, flags)
                }
                try Self.check(result, "give its owner to", entry)
            }
        case .hardLink(let target):
            guard let names = TarEntry.components(of: target), let last = names.last else {
                throw ContainerError("\(entry.path): it is a link to \(target), which leads out of the archive")
            }
            let source = try Self.directory(names.dropLast(), of: base, making: false)
            try clear(name, parent, entry)
            let made = unsafe last.closed { old in
                unsafe name.closed { unsafe linkat(source.descriptor.raw, old, parent.descriptor.raw, $0, 0) }
            }
            try Self.check(made, "link", entry)
        case .other: break
        }
    }

    /// Whether it is a new one: what is there keeps its mode and its owner.
    private func make(
        directory name: ByteString,
        _ parent: borrowing HeldDirectory,
        _ entry: TarEntry
    ) throws(ContainerError) -> Bool {
        let made = unsafe name.closed { unsafe mkdirat(parent.descriptor.raw, $0, 0o700) }
        if made == 0 { return true }
        guard errno == EEXIST else { throw Self.error("make the directory", entry) }
        let present = try telling { () throws(SystemError) in try parent.entry(name) }
        guard present?.kind == .directory else {
            throw ContainerError("cannot copy a directory to what is none: \(entry.path)")
        }
        return false
    }

    private func write(
        file name: ByteString,
        _ parent: borrowing HeldDirectory,
        _ entry: TarEntry
    ) throws(ContainerError) {
        let isPlace = try clear(name, parent, entry)
        let fresh = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
        // Where something is mounted on a file, that one is written.
        let mounted = O_WRONLY | O_TRUNC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC
        let raw = unsafe name.closed { unsafe openat(parent.descriptor.raw, $0, isPlace ? mounted : fresh, 0o600) }
        guard raw >= 0 else { throw Self.error("make the file", entry) }
        let file = OwnedDescriptor(raw)
        let status = try telling { () throws(SystemError) in try EntryStatus(of: file) }
        guard status.kind == .file else { throw ContainerError("\(entry.path): it is no file") }
        do throws(ContainerError) {
            try fill(file, entry)
        } catch {
            if !isPlace { _ = unsafe name.closed { unsafe unlinkat(parent.descriptor.raw, $0, 0) } }
            throw error
        }
        if !isPlace { try settle(file, entry) }
    }

    private func fill(_ file: borrowing OwnedDescriptor, _ entry: TarEntry) throws(ContainerError) {
        var position = 0
        while case let bytes = try archive.read(most: 64 << 10), !bytes.isEmpty {
            // A hole stays one: a huge file of nothing takes nothing.
            if bytes.count < 4096 || bytes.contains(where: { $0 != 0 }) {
                try Self.write(bytes, to: file, at: position, entry)
            }
            position += bytes.count
        }
        try Self.check(ftruncate(file.raw, position), "write", entry)
    }

    private static func write(
        _ bytes: ArraySlice<UInt8>,
        to file: borrowing OwnedDescriptor,
        at position: Int,
        _ entry: TarEntry
    ) throws(ContainerError) {
        var done = 0
        while done < bytes.count {
            let count = unsafe bytes.withUnsafeBytes {
                unsafe pwrite(file.raw, $0.baseAddress?.advanced(by: done), $0.count - done, position + done)
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw error("write", entry) }
            done += count
        }
    }

    /// Makes room for a name.
    ///
    /// - Returns: whether it is a place that something is mounted on, which stays.
    @discardableResult
    private func clear(
        _ name: ByteString,
        _ parent: borrowing HeldDirectory,
        _ entry: TarEntry
    ) throws(ContainerError) -> Bool {
        if unsafe name.closed({ unsafe unlinkat(parent.descriptor.raw, $0, 0) }) == 0 || errno == ENOENT {
            return false
        }
        if errno == EBUSY { return true }
        if errno == EISDIR { throw ContainerError("cannot replace a directory with what is none: \(entry.path)") }
        throw Self.error("replace", entry)
    }

    // MARK: Modes, owners and times

    private func settle(_ file: borrowing OwnedDescriptor, _ entry: TarEntry) throws(ContainerError) {
        if keepsOwners { try Self.check(fchown(file.raw, entry.uid, entry.gid), "give its owner to", entry) }
        try Self.check(fchmod(file.raw, entry.mode & 0o1777), "set the mode of", entry)
        let time = timespec(tv_sec: Int(entry.modified), tv_nsec: 0)
        _ = unsafe futimens(file.raw, [time, time])
    }

    private func finish(_ entry: TarEntry, _ base: borrowing HeldDirectory) throws(ContainerError) {
        guard let names = entry.components else { return }
        let directory = try Self.directory(names[...], of: base, making: false)
        try settle(directory.descriptor, entry)
    }

    // MARK: Ways

    private static func directory(
        _ names: ArraySlice<ByteString>,
        of base: borrowing HeldDirectory,
        making: Bool
    ) throws(ContainerError) -> HeldDirectory {
        var directory = try telling { () throws(SystemError) in
            HeldDirectory(try base.descriptor.duplicate("hold a directory"))
        }
        for name in names {
            let next = try step(name, directory, making: making)
            directory = next
        }
        return directory
    }

    private static func step(
        _ name: ByteString,
        _ directory: borrowing HeldDirectory,
        making: Bool
    ) throws(ContainerError) -> HeldDirectory {
        let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
        var raw = unsafe name.closed { unsafe openat(directory.descriptor.raw, $0, flags) }
        if raw < 0, errno == ENOENT, making {
            _ = unsafe name.closed { unsafe mkdirat(directory.descriptor.raw, $0, 0o755) }
            raw = unsafe name.closed { unsafe openat(directory.descriptor.raw, $0, flags) }
        }
        guard raw < 0 else { return HeldDirectory(OwnedDescriptor(raw)) }
        if errno == ELOOP || errno == ENOTDIR {
            throw ContainerError("\(name) is no directory, or a link, and links are not followed")
        }
        throw ContainerError(SystemError("open the directory", name.text, Errno(rawValue: errno)))
    }

    private static func check(_ result: Int32, _ action: String, _ entry: TarEntry) throws(ContainerError) {
        if result < 0 { throw error(action, entry) }
    }

    private static func error(_ action: String, _ entry: TarEntry) -> ContainerError {
        ContainerError(SystemError(action, entry.path.text, Errno(rawValue: errno)))
    }
}

extension ByteString {
    fileprivate func closed<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
        unsafe body(bytes.map { CChar(bitPattern: $0) } + [0])
    }
}
