import Glibc

/// An open descriptor that is closed with its owner; the few calls that reports need of it.
@safe
struct OpenFile: ~Copyable {
    private let descriptor: Int32

    /// Opens a path relative to a directory, close-on-exec; `openat(2)`.
    ///
    /// - Throws: the errno, as `FileFailure`.
    init(_ path: String, in directory: Int32 = AT_FDCWD, flags: Int32, mode: mode_t = 0) throws(FileFailure) {
        let opened = retrying { unsafe openat(directory, path, flags | O_CLOEXEC, mode) }
        guard opened >= 0 else { throw FileFailure(errno: errno) }
        descriptor = opened
    }

    deinit { close(descriptor) }

    /// The number, for a call that is not here; it stays the owner's.
    var number: Int32 { descriptor }

    /// What the file is; `fstat(2)`.
    func status() throws(FileFailure) -> stat {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw FileFailure(errno: errno) }
        return status
    }

    /// Writes all bytes; `write(2)`.
    func write(_ bytes: [UInt8]) throws(FileFailure) {
        try writeAll(bytes, to: descriptor)
    }

    /// Makes the contents durable, where the file system can; `fsync(2)`.
    func synchronize() throws(FileFailure) {
        guard retrying({ fsync(descriptor) }) == 0 || errno == EINVAL || errno == EROFS else {
            throw FileFailure(errno: errno)
        }
    }

    /// Reads to the end, and at most one byte more than the limit; `read(2)`.
    func readAll(limit: Int) throws(FileFailure) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while bytes.count <= limit {
            let wanted = min(chunk.count, limit + 1 - bytes.count)
            let count = retrying { unsafe read(descriptor, &chunk, wanted) }
            guard count >= 0 else { throw FileFailure(errno: errno) }
            guard count > 0 else { break }
            bytes += chunk.prefix(count)
        }
        return bytes
    }
}

/// The kernel's answer to a call that failed.
struct FileFailure: Error {
    let errno: Int32
}

/// Writes all bytes to a descriptor that somebody else owns; `write(2)`.
func writeAll(_ bytes: [UInt8], to descriptor: Int32) throws(FileFailure) {
    var written = 0
    while written < bytes.count {
        let count = retrying {
            unsafe bytes.withUnsafeBytes { buffer in
                unsafe write(descriptor, buffer.baseAddress.map { unsafe $0 + written }, buffer.count - written)
            }
        }
        guard count >= 0 else { throw FileFailure(errno: errno) }
        written += count
    }
}

/// Repeats a call that a signal interrupted.
func retrying<Result: BinaryInteger>(_ call: () -> Result) -> Result {
    while true {
        let result = call()
        if result != -1 || errno != EINTR { return result }
    }
}
