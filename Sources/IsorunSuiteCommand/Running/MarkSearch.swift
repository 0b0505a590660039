import Glibc

/// Looks for words in bytes that come in pieces, and keeps the line of the last one.
struct MarkSearch {
    private let marks: [[UInt8]]
    private let longest: Int
    private var carried: [UInt8] = []
    private var isLineOpen = false
    /// How many bytes there were.
    private(set) var count = 0
    /// Where the last mark begins, from the first byte; nil before there is one.
    private(set) var last: Int?
    /// The line that it stands in, or the part of it around the mark where that is long.
    private(set) var line: [UInt8] = []

    // A line holds the name of a test.
    private static let longestLine = 4096

    init(_ marks: [String]) {
        self.marks = marks.map { Array($0.utf8) }
        longest = self.marks.map(\.count).max() ?? 0
    }

    /// Whether one of them is in this piece, or begins in the one before it and ends here.
    mutating func finds(in piece: UnsafeRawBufferPointer) -> Bool {
        defer { count += piece.count }
        guard longest > 0 else { return false }
        let bytes = unsafe carried + piece
        let found = unsafe bytes.withUnsafeBytes { bytes in
            // One that ends in what was carried was found before.
            marks.compactMap { unsafe Self.last($0, in: bytes, from: max(0, carried.count - $0.count + 1)) }
                .max()
        }
        if let found {
            last = count - carried.count + found
            let start = bytes[..<found].lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
            line = []
            isLineOpen = true
            extendLine(bytes[max(start, found - Self.longestLine / 2)...], from: found - start)
        } else {
            extendLine(bytes[carried.count...])
        }
        carried = Array(bytes.suffix(max(longest - 1, Self.longestLine / 2)))
        return found != nil
    }

    private mutating func extendLine(_ bytes: ArraySlice<UInt8>, from: Int = 0) {
        guard isLineOpen else { return }
        let end = bytes.dropFirst(from).firstIndex(of: UInt8(ascii: "\n"))
        line += bytes[..<(end ?? bytes.endIndex)].prefix(Self.longestLine - line.count)
        isLineOpen = end == nil && line.count < Self.longestLine
    }

    private static func last(_ mark: [UInt8], in bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        guard let base = bytes.baseAddress, let first = mark.first else { return nil }
        var (start, last) = (start, Int?.none)
        while bytes.count - start >= mark.count,
            let found = unsafe memchr(base + start, Int32(first), bytes.count - start - mark.count + 1)
        {
            let place = unsafe UnsafeRawPointer(found) - base
            if unsafe memcmp(found, mark, mark.count) == 0 { last = place }
            start = place + 1
        }
        return last
    }
}
