/// Text that a terminal cannot take for a command.
public enum TerminalText {
    /// Writes out what is no printable character, `\x1b`, and cuts what is longer than a person would read.
    ///
    /// C0 and C1 controls, DEL, line and paragraph separators and the marks that reorder text are escaped: a job names
    /// its own processes and files.
    public static func escape(_ text: String, limit: Int = 300) -> String {
        var escaped = ""
        for (index, scalar) in text.unicodeScalars.enumerated() {
            guard index < limit else { return escaped + "…" }
            switch scalar {
            case "\n": escaped += #"\n"#
            case "\t": escaped += #"\t"#
            case "\r": escaped += #"\r"#
            case "\u{00}"..."\u{1F}", "\u{7F}"..."\u{9F}": escaped += #"\x"# + hex(scalar, digits: 2)
            case "\u{200E}", "\u{200F}", "\u{061C}", "\u{2028}"..."\u{202E}", "\u{2066}"..."\u{2069}", "\u{FEFF}":
                escaped += #"\u"# + hex(scalar, digits: 4)
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    private static func hex(_ scalar: Unicode.Scalar, digits: Int) -> String {
        let text = String(scalar.value, radix: 16)
        return String(repeating: "0", count: digits - text.count) + text
    }
}

/// How a text stands out on a terminal.
enum TerminalStyle: String {
    case good = "32"
    case bad = "1;31"
    case warning = "1;33"
    case dim = "2"

    /// The text in this style, or as it is.
    func paint(_ text: String, color: Bool) -> String {
        color ? "\u{1B}[\(rawValue)m\(text)\u{1B}[0m" : text
    }
}

/// Whether to colour.
public enum TerminalColor {
    /// Colour goes to a terminal that can show it and whose user does not object.
    ///
    /// - Parameters:
    ///   - isTerminal: whether standard error is a terminal.
    ///   - noColor: the value of `NO_COLOR`; any but an empty one means no colour (no-color.org).
    ///   - term: the value of `TERM`.
    /// - Returns: true where colour may be used.
    public static func isWanted(isTerminal: Bool, noColor: String?, term: String?) -> Bool {
        isTerminal && (noColor ?? "").isEmpty && term != "dumb"
    }
}
