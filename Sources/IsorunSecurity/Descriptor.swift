import Glibc

/// A descriptor that is closed when it goes out of scope; to be replaced by IsorunSystem's.
struct Descriptor: ~Copyable {
    let number: Int32

    /// Takes ownership of what a call returned; a negative number is that call's failure and throws its errno.
    init(_ number: Int32) throws(Errno) {
        guard number >= 0 else { throw Errno.last }
        self.number = number
    }

    deinit { _ = close(number) }

    /// An errno as a typed error; Glibc's own is a global variable.
    struct Errno: Error, Equatable {
        var number: Int32
        static var last: Errno { Errno(number: errno) }
        var text: String { unsafe strerror(number).map { unsafe String(cString: $0) } ?? "errno \(number)" }
    }

    static func open(_ path: String, _ flags: Int32) throws(Errno) -> Descriptor {
        try Descriptor(unsafe Glibc.open(path, flags | O_CLOEXEC))
    }

    /// Opens a name in this directory, never through a symbolic link.
    func open(_ name: String, _ flags: Int32, mode: mode_t = 0) throws(Errno) -> Descriptor {
        try Descriptor(unsafe openat(number, name, flags | O_CLOEXEC | O_NOFOLLOW, mode))
    }

    func status() throws(Errno) -> stat {
        var status = stat()
        guard unsafe fstat(number, &status) == 0 else { throw .last }
        return status
    }

    /// Reads to the end, at most `limit` bytes; a longer file throws EFBIG.
    func readAll(limit: Int) throws(Errno) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: limit + 1)
        var length = 0
        while length < bytes.count {
            let count = unsafe bytes.withUnsafeMutableBytes { buffer in
                unsafe read(number, buffer.baseAddress.map { unsafe $0 + length }, buffer.count - length)
            }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw .last }
            if count == 0 { break }
            length += count
        }
        guard length <= limit else { throw Errno(number: EFBIG) }
        bytes.removeLast(bytes.count - length)
        return bytes
    }

    func writeAll(_ bytes: [UInt8]) throws(Errno) {
        var done = 0
        while done < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe write(number, buffer.baseAddress.map { unsafe $0 + done }, buffer.count - done)
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw .last }
            done += count
        }
    }
}
