/// Text as it may stand in a log that GitHub Actions reads.
///
/// Its runner takes commands from a log: `::error::…` where a line begins so, after any white space
/// (`ActionCommand.cs` of actions/runner), and the older `##[error]…` anywhere in a line. What a job has named or
/// written must not give any.
public enum GitHubLog {
    /// The same lines with a letter of each command written as its code.
    public static func withoutCommands(_ text: String) -> String {
        guard text.utf8.contains(UInt8(ascii: ":")) || text.utf8.contains(UInt8(ascii: "#")) else { return text }
        let lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
        return lines.map { String(withoutOlderCommands(withoutCommand($0))) }.joined(separator: "\n")
    }

    // By scalars: a colon with a mark that combines with it is another character of Swift's, and two colons to GitHub.
    private static func withoutCommand(_ line: Substring.UnicodeScalarView) -> String.UnicodeScalarView {
        let text = line.drop { $0.properties.isWhitespace || invisible.contains($0) }
        guard text.starts(with: "::".unicodeScalars) else { return String.UnicodeScalarView(line) }
        return String.UnicodeScalarView(line[..<text.startIndex]) + #"\x3a"#.unicodeScalars + text.dropFirst()
    }

    private static func withoutOlderCommands(_ line: String.UnicodeScalarView) -> String.UnicodeScalarView {
        var cleared = String.UnicodeScalarView()
        var rest = line[...]
        while let scalar = rest.first {
            if rest.starts(with: "##[".unicodeScalars) {
                cleared.append(contentsOf: #"\x23"#.unicodeScalars)
            } else {
                cleared.append(scalar)
            }
            rest.removeFirst()
        }
        return cleared
    }

    private static let invisible: Set<Unicode.Scalar> = ["\u{200B}", "\u{FEFF}"]
}
