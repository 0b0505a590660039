internal import Glibc

extension GroupDirectory {
    /// Reads a file that holds one number; nil where there is no such file or it holds something else.
    func number(_ file: StaticString) -> UInt64? {
        let descriptor = open(file, O_RDONLY)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        return Self.number(at: descriptor)
    }

    /// Reads the number an open file begins with.
    static func number(at descriptor: Int32) -> UInt64? {
        unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 64) { buffer in
            let count = retrying { unsafe pread(descriptor, buffer.baseAddress, buffer.count, 0) }
            guard count > 0 else { return nil }
            return unsafe decimal(Span(_unsafeElements: UnsafeBufferPointer(rebasing: buffer[..<count])))
        }
    }

    /// Reads a whole file; nil where there is none.
    func text(_ file: StaticString) -> [UInt8]? {
        let descriptor = open(file, O_RDONLY)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        return Self.text(at: descriptor)
    }

    /// Reads what is left of an open file, at most 16 MiB of it.
    static func text(at descriptor: Int32) -> [UInt8]? {
        var bytes: [UInt8] = []
        var size = 4096
        while bytes.count < 16 << 20 {
            let used = bytes.count
            var failed = false
            let more = unsafe [UInt8](unsafeUninitializedCapacity: size) { buffer, initialized in
                let count = retrying { unsafe read(descriptor, buffer.baseAddress, buffer.count) }
                failed = count < 0
                initialized = max(count, 0)
            }
            if failed { return nil }
            if used == 0 { bytes = more } else { bytes += more }
            // Lines of these files are short, and the kernel gives a page of them at a time: where another one had room
            // there is none.
            if more.count + 512 <= min(size, 4096) { break }
            size = min(size * 2, 1 << 20)
        }
        return bytes
    }
}

/// Calls until it is not interrupted.
@inline(__always)
func retrying(_ call: () -> Int) -> Int {
    while true {
        let result = call()
        if result >= 0 || errno != EINTR { return result }
    }
}
