public import IsorunModel

/// What a job wrote, as text that may stand in any report.
public enum OutputText {
    /// Turns any bytes into text that XML 1.0 allows, in one pass.
    ///
    /// Terminal control sequences are removed, invalid UTF-8 and what XML forbids becomes U+FFFD, and CR LF, CR and NEL
    /// become a line end.
    public static func sanitize(_ bytes: some Sequence<UInt8>) -> String {
        var sequences = ControlSequences()
        var parser = Unicode.UTF8.ForwardParser()
        var iterator = bytes.makeIterator()
        var text = String.UnicodeScalarView()
        var afterCR = false
        while true {
            let scalar: Unicode.Scalar
            switch parser.parseScalar(from: &iterator) {
            case .valid(let encoded): scalar = Unicode.UTF8.decode(encoded)
            case .error: scalar = "\u{FFFD}"
            case .emptyInput: return String(text)
            }
            guard sequences.isText(scalar) else { continue }
            if scalar == "\r" {
                if !afterCR { text.append("\n") }
                afterCR = true
            } else {
                if !(scalar == "\n" && afterCR) { text.append(legal(scalar)) }
                afterCR = false
            }
        }
    }

    /// Turns captured output into text, with a note where bytes were left out of it.
    ///
    /// - Parameters:
    ///   - output: what was kept of the stream.
    ///   - limit: the most bytes of it that go into the text; of longer output, half is head and half is tail.
    /// - Returns: text as `sanitize(_:)` makes it.
    public static func render(_ output: CapturedOutput, limit: Int = 1 << 20) -> String {
        var (head, tail, omitted) = (output.head[...], output.tail[...], output.omitted)
        if omitted == 0 {
            head += tail
            tail = []
        }
        if head.count + tail.count > limit {
            if tail.isEmpty { tail = head }
            let kept = (head: min(head.count, limit / 2), tail: min(tail.count, limit / 2))
            let whole = output.head.count + output.tail.count
            omitted += UInt64(max(0, whole - kept.head - kept.tail))
            head = head.prefix(kept.head)
            tail = tail.suffix(kept.tail)
        }
        guard omitted > 0 else { return sanitize(head) }
        let note = "[isorun: \(omitted) bytes were left out here]"
        return sanitize(wholeCharacters(before: head)) + "\n\(note)\n" + sanitize(wholeCharacters(after: tail))
    }

    private static func legal(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        switch scalar {
        case "\u{85}": "\n"
        case "\t", "\n": scalar
        case "\u{00}"..."\u{1F}", "\u{7F}", "\u{FFFE}", "\u{FFFF}": "\u{FFFD}"
        default: scalar
        }
    }

    /// The bytes without a character that was cut in two at their end.
    private static func wholeCharacters(before bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        guard let lead = bytes.suffix(4).lastIndex(where: { $0 & 0xC0 != 0x80 }) else { return bytes }
        let length =
            switch bytes[lead] {
            case 0xC2...0xDF: 2
            case 0xE0...0xEF: 3
            case 0xF0...0xF4: 4
            default: 1
            }
        return bytes.endIndex - lead < length ? bytes[..<lead] : bytes
    }

    /// The bytes without the rest of a character that was cut in two at their start.
    private static func wholeCharacters(after bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let rest = bytes.prefix(3).prefix { $0 & 0xC0 == 0x80 }
        return bytes.dropFirst(rest.count)
    }
}
