/// A cached program as bytes: a header of 32 bytes, then the instructions.
///
/// `magic 8 | format 4 | flags 4 | instructions 8 | FNV-1a of all the rest 8`, in the machine's byte order: the
/// file's name holds the architecture.
enum FilterCacheEntry {
    /// Raised when the header changes; part of the file's name too.
    static let format: UInt32 = 1
    static let maximumBytes = 65_535
    private static let magic = Array("isorunBP".utf8)
    private static let headerBytes = 32
    private static let usesNotification: UInt32 = 1

    static func encode(_ filter: CompiledFilter) -> [UInt8] {
        let flags = filter.usesNotification ? usesNotification : 0
        let head = magic + bytes(of: format) + bytes(of: flags) + bytes(of: UInt64(filter.instructionCount))
        return head + bytes(of: checksum(head[...], filter.program[...])) + filter.program
    }

    /// The filter, or nil for what is not exactly what ``encode(_:)`` wrote.
    static func decode(_ file: [UInt8]) -> CompiledFilter? {
        guard file.count > headerBytes, file.count.isMultiple(of: 8) else { return nil }
        let head = file[..<24]
        let program = file[headerBytes...]
        let (format, flags, count, sum) = unsafe file.withUnsafeBytes { raw in
            unsafe (
                raw.load(fromByteOffset: 8, as: UInt32.self), raw.load(fromByteOffset: 12, as: UInt32.self),
                raw.load(fromByteOffset: 16, as: UInt64.self), raw.load(fromByteOffset: 24, as: UInt64.self)
            )
        }
        guard file.starts(with: magic), format == Self.format, flags & ~usesNotification == 0 else { return nil }
        guard count == program.count / 8, program.count <= BPFProgram.maximumBytes, sum == checksum(head, program)
        else { return nil }
        return CompiledFilter(program: Array(program), usesNotification: flags != 0, fromCache: true)
    }

    private static func checksum(_ head: ArraySlice<UInt8>, _ program: ArraySlice<UInt8>) -> UInt64 {
        var digest = FNV1a()
        digest.combine(head)
        digest.combine(program)
        return digest.value
    }

    private static func bytes(of value: some FixedWidthInteger) -> [UInt8] {
        unsafe withUnsafeBytes(of: value) { unsafe Array($0) }
    }
}
