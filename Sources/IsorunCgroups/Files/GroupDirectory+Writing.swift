internal import Glibc
internal import IsorunModel
internal import SystemPackage

extension GroupDirectory {
    /// Writes a number in one call: 0, or `-errno`.
    func write(_ file: StaticString, _ value: UInt64) -> Int32 {
        let descriptor = open(file, O_WRONLY)
        guard descriptor >= 0 else { return descriptor }
        defer { close(descriptor) }
        return Self.write(value, to: descriptor)
    }

    /// Writes a text in one call: 0, or `-errno`.
    func write(_ file: StaticString, text: String) -> Int32 {
        let descriptor = open(file, O_WRONLY)
        guard descriptor >= 0 else { return descriptor }
        defer { close(descriptor) }
        var text = text
        let count = text.withUTF8 { bytes in
            retrying { unsafe Glibc.write(descriptor, bytes.baseAddress, bytes.count) }
        }
        return count < 0 ? -errno : 0
    }

    /// Writes a number to an open file: 0, or `-errno`.
    static func write(_ value: UInt64, to descriptor: Int32) -> Int32 {
        unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
            var rest = value
            var first = digits.count
            repeat {
                first -= 1
                unsafe digits[first] = UInt8(ascii: "0") + UInt8(rest % 10)
                rest /= 10
            } while rest > 0
            let text = unsafe UnsafeBufferPointer(rebasing: digits[first...])
            let count = retrying { unsafe Glibc.write(descriptor, text.baseAddress, text.count) }
            return count < 0 ? -errno : 0
        }
    }

    /// Sets a limit and reads it back, for the kernel may take a value and keep another.
    ///
    /// It may round down by less than `granularity`: a page, for memory.
    func limit(
        _ file: StaticString,
        to value: UInt64,
        for limit: Limit,
        _ controller: CgroupFacts.Controller,
        granularity: UInt64 = 1
    ) throws(CgroupError) {
        let descriptor = open(file, O_RDWR)
        guard descriptor >= 0 else { throw failure(limit, controller, file, descriptor) }
        defer { close(descriptor) }
        let result = Self.write(value, to: descriptor)
        guard result == 0 else { throw failure(limit, controller, file, result) }
        let kept = Self.number(at: descriptor)
        if let kept, kept <= value, value - kept < granularity { return }
        let detail = "asked for \(value), the kernel keeps \(kept.map(String.init) ?? "no number")"
        throw CgroupError(
            "limit \(limit.rawValue)",
            path(of: file),
            nil,
            limit: limit,
            controller: controller,
            detail: detail
        )
    }

    /// The error of a limit that the kernel refused.
    func failure(
        _ limit: Limit,
        _ controller: CgroupFacts.Controller,
        _ file: StaticString,
        _ result: Int32
    ) -> CgroupError {
        let errno = Errno(rawValue: -result)
        return CgroupError(
            "limit \(limit.rawValue)",
            path(of: file),
            errno,
            limit: limit,
            controller: controller,
            hint: CgroupError.hint(errno, controller)
        )
    }
}
