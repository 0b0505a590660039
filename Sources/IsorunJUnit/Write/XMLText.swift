/// Text as XML 1.0 may hold it; the last gate before libxml2, whatever a caller passes.
enum XMLText {
    /// The text with each character that XML 1.0 forbids replaced by U+FFFD, and CR and CR LF as line ends.
    static func legal(_ text: String) -> String {
        if text.utf8.allSatisfy({ 0x20..<0x7F ~= $0 || $0 == 0x0A || $0 == 0x09 }) { return text }
        var legal = String.UnicodeScalarView()
        var afterCR = false
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\r": legal.append("\n")
            case "\n": if !afterCR { legal.append("\n") }
            case "\t": legal.append(scalar)
            case "\u{00}"..."\u{1F}", "\u{FFFE}", "\u{FFFF}": legal.append("\u{FFFD}")
            default: legal.append(scalar)
            }
            afterCR = scalar == "\r"
        }
        return String(legal)
    }
}
