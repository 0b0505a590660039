import Glibc
import IsorunSystem
import SystemPackage

/// A framework's report on the host: lines, read once, then removed.
///
/// What a test attaches stands in Swift Testing's as one line, as long as the attachment is; what says how tests ended
/// does not. So lines that are too long are left out, and of more than is read the beginning and the end are kept.
struct HostReport {
    /// The lines that were kept.
    var lines: [UInt8] { beginning + end }
    /// Whether none was left out.
    private(set) var isWhole = true

    private static let longestLine = 8 << 20
    private static let (most, mostOfEnd) = (64 << 20, 16 << 20)

    private var beginning: [UInt8] = []
    private var end: [UInt8] = []
    private var line: [UInt8] = []
    private var isTooLong = false

    /// Reads what there is up to a place in the file; nil where there is none that can be read.
    init?(taking path: FilePath, upTo limit: Int? = nil) {
        defer { _ = unsafe path.withPlatformString { unsafe unlink($0) } }
        let raw = unsafe path.withPlatformString { unsafe open($0, O_RDONLY | O_CLOEXEC) }
        guard raw >= 0 else { return nil }
        let file = OwnedDescriptor(raw)
        var left = limit ?? .max
        var block = [UInt8](repeating: 0, count: 1 << 18)
        while left > 0 {
            let count = unsafe read(file.raw, &block, min(block.count, left))
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { return nil }
            guard count > 0 else { break }
            left -= count
            take(block[..<count])
        }
        close()
    }

    private mutating func take(_ bytes: ArraySlice<UInt8>) {
        var rest = bytes
        while let lineEnd = rest.firstIndex(of: UInt8(ascii: "\n")) {
            append(rest[...lineEnd])
            close()
            rest = rest[(lineEnd + 1)...]
        }
        append(rest)
    }

    private mutating func append(_ bytes: ArraySlice<UInt8>) {
        isTooLong = isTooLong || line.count + bytes.count > Self.longestLine
        if isTooLong { line = [] } else { line += bytes }
    }

    private mutating func close() {
        if isTooLong { isWhole = false }
        if beginning.count + line.count <= Self.most, end.isEmpty {
            beginning += line
        } else {
            end += line
            if end.count > 2 * Self.mostOfEnd {
                end = Array(end.suffix(Self.mostOfEnd).drop { $0 != UInt8(ascii: "\n") }.dropFirst())
                isWhole = false
            }
        }
        (line, isTooLong) = ([], false)
    }
}
