internal import IsorunReporting

/// A word of a command line that a person may copy.
public enum ShellWord {
    /// The text as the shell takes it; what a terminal could take for a command stands as `$'…'` has it.
    public static func quoted(_ text: String) -> String {
        let plain = text.unicodeScalars.allSatisfy { scalar in
            scalar.isASCII && (scalar.properties.isAlphabetic || "0123456789/._-:,+@%".unicodeScalars.contains(scalar))
        }
        if plain, !text.isEmpty { return text }
        if TerminalText.escape(text, limit: .max) == text {
            return "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#) + "'"
        }
        let inside = text.unicodeScalars.map { scalar in
            scalar == "'" || scalar == "\\" ? "\\\(scalar)" : TerminalText.escape(String(scalar))
        }
        return "$'\(inside.joined())'"
    }
}
