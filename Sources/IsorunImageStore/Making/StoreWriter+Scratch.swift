internal import Glibc
internal import IsorunImages
internal import IsorunModel
internal import IsorunSystem
internal import SystemPackage

extension StoreWriter {
    /// Gives a directory that is empty, and removes it afterwards.
    func aside<Value>(
        _ body: (consuming HeldDirectory) throws(ImageError) -> Value
    ) throws(ImageError) -> Value {
        let name = "import-\(getpid())-\(String(UInt64.random(in: .min ... .max), radix: 36))"
        defer { try? remove(name, in: partial) }
        let directory = try telling { () throws(SystemError) in
            try partial.makeDirectory(name, mode: 0o700, uid: geteuid(), gid: getegid())
            return try partial.directory(name)
        }
        return try body(directory)
    }

    /// A file without a name, which goes when it is closed.
    func scratchFile() throws(SystemError) -> OwnedDescriptor {
        let name = "new-\(getpid())-\(String(UInt64.random(in: .min ... .max), radix: 36))"
        let flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
        let raw = unsafe openat(partial.descriptor.raw, name, flags, 0o600)
        let file = try OwnedDescriptor(raw < 0 ? -errno : raw, "make a file in", path.string)
        _ = unsafe unlinkat(partial.descriptor.raw, name, 0)
        return file
    }
}

extension OwnedDescriptor {
    /// Writes all that another file has to give, and stands at its own beginning then.
    func pour(from source: borrowing OwnedDescriptor) throws(SystemError) {
        var buffer = [UInt8](repeating: 0, count: 256 << 10)
        while true {
            let count = unsafe read(source.raw, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw SystemError("read", "the archive", Errno(rawValue: errno)) }
            if count == 0 { break }
            do throws(SystemError) {
                try write(all: buffer[..<count])
            } catch {
                throw SystemError("copy into the store", "the archive", error.errno)
            }
        }
        lseek(raw, 0, SEEK_SET)
    }
}
