/// Cuts a stream of bytes into the JSON objects that stand in it one after another, on one line each or on many.
///
/// It only counts brackets and heeds texts; whether a record is JSON is for the parser to say. What is left at the end
/// is a record that was being written when its writer was killed.
public struct JSONRecords: Sendable {
    /// The longest record that is read, in bytes; longer ones are an error.
    public static let longest = 512 << 20

    private var pending: [UInt8] = []
    private var scanned = 0
    private var depth = 0
    private var inText = false
    private var escaped = false

    /// Makes an empty cutter.
    public init() {}

    /// Whether the bytes so far end within a record.
    public var isIncomplete: Bool {
        pending.contains { $0 != 0x20 && $0 != 0x0A && $0 != 0x0D && $0 != 0x09 }
    }

    /// Takes more bytes and returns the records they complete.
    ///
    /// - Throws: `ReportingError` where something stands outside of an object, or a record is too long.
    public mutating func append(_ bytes: some Sequence<UInt8>) throws(ReportingError) -> [[UInt8]] {
        pending += bytes
        var records: [[UInt8]] = []
        var start = 0
        while scanned < pending.count {
            let byte = pending[scanned]
            scanned += 1
            if depth == 0, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
                continue
            }
            guard depth > 0 || byte == UInt8(ascii: "{") else {
                throw ReportingError(.malformed, "this is not a stream of JSON objects", "")
            }
            if step(byte) {
                records.append(Array(pending[start..<scanned]))
                start = scanned
            }
        }
        pending.removeFirst(start)
        scanned -= start
        guard pending.count <= Self.longest else {
            throw ReportingError(.malformed, "a record is longer than \(Self.longest) bytes", "")
        }
        return records
    }

    /// Counts one byte; true where it closes the record.
    private mutating func step(_ byte: UInt8) -> Bool {
        if inText {
            if escaped {
                escaped = false
            } else if byte == UInt8(ascii: "\\") {
                escaped = true
            } else if byte == UInt8(ascii: "\"") {
                inText = false
            }
            return false
        }
        switch byte {
        case UInt8(ascii: "\""): inText = true
        case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
        case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
        default: break
        }
        return depth == 0
    }
}
