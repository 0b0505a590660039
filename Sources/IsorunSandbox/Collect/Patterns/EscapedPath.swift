internal import IsorunModel

/// A path whose bytes are the job's, as it is shown: always one line, always UTF-8, and never a terminal's command.
///
/// Printable characters stand as they are; a backslash is `\\`, a newline `\n`, a tab `\t`, a carriage return `\r`, and
/// each byte of anything else `\xHH`: C reads the same bytes back.
enum EscapedPath {
    static func bytes(_ path: some Sequence<UInt8>) -> [UInt8] {
        let path = Array(path)
        if path.allSatisfy({ $0 >= 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") }) { return path }
        var shown: [UInt8] = []
        shown.reserveCapacity(path.count * 2)
        for piece in UTF8Pieces(path) {
            switch piece.scalar {
            case "\\": shown += #"\\"#.utf8
            case "\n": shown += #"\n"#.utf8
            case "\t": shown += #"\t"#.utf8
            case "\r": shown += #"\r"#.utf8
            case .some(let scalar) where isPrintable(scalar): shown += piece.bytes
            default: for byte in piece.bytes { shown += escape(byte) }
            }
        }
        return shown
    }

    static func text(_ path: ByteString) -> String {
        String(decoding: bytes(path.bytes), as: UTF8.self)
    }

    // Controls, surrogates, marks that reorder text or cannot be seen, line and paragraph separators.
    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: false
        default: true
        }
    }

    private static func escape(_ byte: UInt8) -> [UInt8] {
        let digits = Array("0123456789abcdef".utf8)
        return [UInt8(ascii: "\\"), UInt8(ascii: "x"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }
}
