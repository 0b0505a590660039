internal import CIsorunSystem
internal import Glibc
public import IsorunModel
public import SystemPackage

private let seekData: Int32 = 3  // SEEK_DATA
private let seekHole: Int32 = 4  // SEEK_HOLE

/// Files made on the host from what a job wrote: always fresh ones, under a name that appears in one step.
extension HeldDirectory {
    /// Opens a directory of the host, after making it and those above it where they are missing.
    public init(makingHost path: FilePath) throws(SystemError) {
        var made = FilePath(root: path.root, [])
        for component in path.components {
            made.append(component)
            let result = unsafe made.withPlatformString { unsafe mkdir($0, 0o755) }
            if result < 0 && errno != EEXIST {
                let answer = Errno(rawValue: errno)
                // Above what may be written to, directories are there or fail when they are opened.
                guard [.permissionDenied, .readOnlyFileSystem].contains(answer) else {
                    throw SystemError("make the directory", made.string, answer)
                }
            }
        }
        try self.init(host: path.isEmpty ? "." : path)
    }

    /// Opens a directory in this very one, through no link, after making it where it is missing: 0755 less the umask.
    public func subdirectory(making name: ByteString) throws(SystemError) -> HeldDirectory {
        let result = unsafe name.withPlatformBytes { unsafe mkdirat(descriptor.raw, $0, 0o755) }
        if result < 0 && errno != EEXIST { throw SystemError("make the directory", name.text, Errno(rawValue: errno)) }
        return HeldDirectory(try openSubdirectory(name))
    }

    // Not held to one file system: what the user mounted below the destination is the user's.
    private func openSubdirectory(_ name: ByteString) throws(SystemError) -> OwnedDescriptor {
        let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
        let raw = unsafe name.withPlatformBytes { unsafe openat(descriptor.raw, $0, flags) }
        return try OwnedDescriptor(raw < 0 ? -errno : raw, "open the directory", name.text)
    }

    /// Makes a file under a name in this very directory, or replaces one, in one step.
    ///
    /// A fresh file is filled and then renamed over the name: nobody sees a part, no link is followed, and what is no
    /// regular file is not replaced. Nothing stays behind of an attempt that failed.
    /// - Parameters:
    ///   - name: one name.
    ///   - mode: its permissions less the umask; bits beyond `rwx` are left out.
    ///   - modified: its time; the present one where nil.
    ///   - fill: writes the contents.
    /// - Throws: what `fill` throws, or the kernel's answer.
    public func replace(
        _ name: ByteString,
        mode: UInt32,
        modified: (seconds: Int, nanoseconds: Int)? = nil,
        fill: (borrowing OwnedDescriptor) throws(SystemError) -> Void
    ) throws(SystemError) {
        if let present = try entry(name), present.kind != .file {
            throw SystemError("replace", name.text, .fileExists, detail: "it is no regular file")
        }
        let temporary = ByteString(".isorun-\(String(UInt64.random(in: .min ... .max), radix: 36)).tmp")
        let flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
        let raw = unsafe temporary.withPlatformBytes { unsafe openat(descriptor.raw, $0, flags, mode & 0o777) }
        let file = try OwnedDescriptor(raw < 0 ? -errno : raw, "make a file for", name.text)
        do throws(SystemError) {
            try fill(file)
            if let modified {
                let time = timespec(tv_sec: modified.seconds, tv_nsec: modified.nanoseconds)
                _ = unsafe futimens(file.raw, [time, time])
            }
            let result = unsafe temporary.withPlatformBytes { old in
                unsafe name.withPlatformBytes { unsafe renameat(descriptor.raw, old, descriptor.raw, $0) }
            }
            if result < 0 { throw SystemError("replace", name.text, Errno(rawValue: errno)) }
        } catch {
            _ = unsafe temporary.withPlatformBytes { unsafe unlinkat(descriptor.raw, $0, 0) }
            throw error
        }
    }
}

extension OwnedDescriptor {
    /// Writes all bytes.
    public func write(all bytes: some Sequence<UInt8>) throws(SystemError) {
        try write(contiguous: Array(bytes)[...], at: nil)
    }

    /// Copies the first bytes of an open file into this empty one; holes stay holes, so a huge file of nothing takes
    /// nothing.
    public func fill(from source: FileDescriptor, size: UInt64) throws(SystemError) {
        let size = Int(size)
        guard ftruncate(raw, size) == 0 else { throw SystemError("write", "", Errno(rawValue: errno)) }
        var buffer = [UInt8](repeating: 0, count: min(max(size, 1), 256 << 10))
        var position = 0
        while position < size {
            let data = lseek(source.rawValue, position, seekData)
            if data < 0 && errno == ENXIO { return }  // nothing but a hole is left
            position = data < 0 ? position : data  // a file system that knows no holes has data everywhere
            let hole = lseek(source.rawValue, position, seekHole)
            let end = min(hole < 0 ? size : hole, size)
            while position < end {
                let wanted = min(buffer.count, end - position)
                var count = 0
                repeat {
                    count = unsafe buffer.withUnsafeMutableBytes {
                        unsafe pread(source.rawValue, $0.baseAddress, wanted, position)
                    }
                } while count < 0 && errno == EINTR
                if count < 0 { throw SystemError("read", "", Errno(rawValue: errno)) }
                if count == 0 { throw SystemError("read", "", .ioError, detail: "it became shorter while it was read") }
                try write(contiguous: buffer[..<count], at: position)
                position += count
            }
        }
    }

    private func write(contiguous bytes: ArraySlice<UInt8>, at position: Int?) throws(SystemError) {
        var done = 0
        let total = bytes.count
        while done < total {
            let count = unsafe bytes.withUnsafeBytes { storage in
                let rest = unsafe UnsafeRawBufferPointer(rebasing: storage[done...])
                guard let position else { return unsafe Glibc.write(raw, rest.baseAddress, rest.count) }
                return unsafe pwrite(raw, rest.baseAddress, rest.count, position + done)
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw SystemError("write", "", Errno(rawValue: errno)) }
            done += count
        }
    }
}
