internal import IsorunReporting
package import IsorunSandbox

/// One line of a container's log, as Kubernetes' container runtimes write them: the time, the stream, whether the line
/// is whole (`F`) or goes on (`P`), and the bytes as the job wrote them.
package struct LogRecord: Hashable, Sendable {
    /// Microseconds since 1970.
    package var timeUs: Int64
    package var stream: JobStream
    /// Whether the line ends here.
    package var isWhole: Bool
    /// Without the line's end.
    package var bytes: [UInt8]

    package init(timeUs: Int64, stream: JobStream, isWhole: Bool, bytes: [UInt8]) {
        self.timeUs = timeUs
        self.stream = stream
        self.isWhole = isWhole
        self.bytes = bytes
    }

    /// Longer lines are split into parts.
    static let longest = 16384

    /// The record with its line end.
    static func append(
        _ bytes: Slice<UnsafeRawBufferPointer>,
        head: [UInt8],
        isWhole: Bool,
        to out: inout [UInt8]
    ) {
        out += head
        out += isWhole ? [UInt8(ascii: "F"), UInt8(ascii: " ")] : [UInt8(ascii: "P"), UInt8(ascii: " ")]
        unsafe out.append(contentsOf: bytes)
        out.append(UInt8(ascii: "\n"))
    }

    /// What stands before every record of one moment and one stream.
    static func head(timeUs: Int64, stream: JobStream) -> [UInt8] {
        Array("\(timestamp(timeUs)) \(stream == .output ? "stdout" : "stderr") ".utf8)
    }

    /// Reads one line without its end; nil for what is none.
    package init?(_ line: ArraySlice<UInt8>) {
        let parts = line.split(separator: UInt8(ascii: " "), maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 4, let time = Self.microseconds(parts[0]), parts[2].count == 1 else { return nil }
        switch String(decoding: parts[1], as: UTF8.self) {
        case "stdout": stream = .output
        case "stderr": stream = .error
        default: return nil
        }
        timeUs = time
        isWhole = parts[2].first == UInt8(ascii: "F")
        guard isWhole || parts[2].first == UInt8(ascii: "P") else { return nil }
        bytes = Array(parts[3])
    }

    /// `2026-11-23T12:00:00.123456000Z`: nine digits, as docker has them.
    package static func timestamp(_ microseconds: Int64) -> String {
        let micros = microseconds % 1000 < 0 ? microseconds % 1000 + 1000 : microseconds % 1000
        let digits = String(1000 + micros).dropFirst()
        return String(Timestamp.text(microseconds: microseconds).dropLast()) + digits + "000Z"
    }

    private static func microseconds(_ text: ArraySlice<UInt8>) -> Int64? {
        guard text.count == 30 else { return nil }
        let milliseconds = String(decoding: text.prefix(23), as: UTF8.self) + "Z"
        guard let whole = Timestamp.microseconds(parsing: milliseconds) else { return nil }
        return Int64(String(decoding: text.dropFirst(23).prefix(3), as: UTF8.self)).map { whole + $0 }
    }
}
