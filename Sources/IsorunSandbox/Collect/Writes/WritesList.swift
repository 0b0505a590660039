internal import IsorunModel
internal import IsorunSystem
internal import SystemPackage

/// The list of every path that the job added, changed or deleted.
///
/// A line is `A /path`, `M /path` or `D /path`, sorted by path, and a directory's path ends in `/`. Bytes that are not
/// printable UTF-8, and backslashes, are escaped as in C, so a line is always one path. A deleted directory stands for
/// all that was in it. Something of another type, or a directory that was deleted and made anew, is listed as `D` and
/// `A`. A list that could not hold everything ends in a line that begins with `!`.
struct WritesList {
    /// What happened to a path; in the order of lines with the same path.
    enum Mark: Int {
        case deleted, added, changed

        var letter: UInt8 {
            switch self {
            case .deleted: UInt8(ascii: "D")
            case .added: UInt8(ascii: "A")
            case .changed: UInt8(ascii: "M")
            }
        }
    }

    private struct Line {
        var path: [UInt8]
        var mark: Mark
    }

    private var lines: [Line] = []
    private var room: Int
    private(set) var missing: [String] = []

    init(limits: CollectLimits) {
        room = limits.writesBytes
    }

    /// Whether nothing more can be listed.
    private(set) var isFull = false

    mutating func add(_ mark: Mark, _ path: [UInt8], isDirectory: Bool = false) {
        guard !isFull else { return }
        let shown = EscapedPath.bytes(path + (isDirectory && path.last != UInt8(ascii: "/") ? [UInt8(ascii: "/")] : []))
        room -= shown.count + MemoryLayout<Line>.size + 32
        guard room >= 0 else {
            isFull = true
            return leaveOut("the job wrote more paths than a list holds")
        }
        lines.append(Line(path: shown, mark: mark))
    }

    /// Says that the list is not complete.
    mutating func leaveOut(_ reason: String) {
        if missing.count < 16 { missing.append(reason) }
    }

    /// Sorts the lines and hands them to a function in pieces.
    mutating func write(_ body: ([UInt8]) throws(SystemError) -> Void) throws(SystemError) {
        lines.sort {
            $0.path == $1.path ? $0.mark.rawValue < $1.mark.rawValue : $0.path.lexicographicallyPrecedes($1.path)
        }
        var piece: [UInt8] = []
        for line in lines {
            piece += [line.mark.letter, UInt8(ascii: " ")] + line.path + [UInt8(ascii: "\n")]
            if piece.count > 256 << 10 {
                try body(piece)
                piece.removeAll(keepingCapacity: true)
            }
        }
        for reason in missing { piece += Array("! incomplete: \(reason)\n".utf8) }
        try body(piece)
    }
}
