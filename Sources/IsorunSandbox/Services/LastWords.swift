/// The end of what a service wrote, in bounded memory.
struct LastWords: Sendable {
    // Enough to see why; what a service wrote before is of no use here.
    private static let kept = 4096
    private static let quoted = 2048
    private static let lines = 12

    private var bytes: [UInt8] = []

    mutating func append(_ data: UnsafeRawBufferPointer) {
        unsafe bytes.append(contentsOf: data.suffix(Self.kept + 1))
        if bytes.count > 4 * Self.kept { bytes.removeFirst(bytes.count - Self.kept - 1) }
    }

    /// Whether the quote has all of it.
    var isShort: Bool {
        bytes.count <= Self.quoted && bytes.split(separator: UInt8(ascii: "\n")).count <= Self.lines
    }

    /// What is to stand after a sentence.
    var quote: String {
        let lines = wholeLines(within: Self.quoted).split(separator: UInt8(ascii: "\n")).suffix(Self.lines)
        if lines.isEmpty { return "; it wrote nothing" }
        return "; its last lines:\n" + lines.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "\n")
    }

    /// All that is kept, under a line with the service's name; nothing where it wrote nothing.
    func section(_ name: String) -> [UInt8] {
        let text = wholeLines(within: Self.kept)
        guard let last = text.last else { return [] }
        return Array("--- service \(name) ---\n".utf8) + text + (last == UInt8(ascii: "\n") ? [] : [UInt8(ascii: "\n")])
    }

    /// The end, without the part of a line that it would begin with.
    private func wholeLines(within limit: Int) -> ArraySlice<UInt8> {
        let end = bytes.suffix(limit)
        guard end.startIndex > 0, bytes[end.startIndex - 1] != UInt8(ascii: "\n") else { return end }
        // Of a line that is longer than that there is its end.
        guard let first = end.dropLast().firstIndex(of: UInt8(ascii: "\n")) else { return end }
        return end[(first + 1)...]
    }
}
