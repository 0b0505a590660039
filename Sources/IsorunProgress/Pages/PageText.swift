internal import IsorunModel
internal import IsorunReporting

/// Text of a job's in a page.
enum PageText {
    /// What an input has that tells nothing, and why.
    static let silence = "neither a plan nor a result: isorun was ended before it knew what to run"

    /// A line as HTML that shows what it is made of: what is no printable character, or reorders text, is written out.
    static func html(_ text: some StringProtocol, limit: Int = 2000) -> String {
        TerminalText.escape(String(text), limit: limit).unicodeScalars.reduce(into: "") { escaped, scalar in
            switch scalar {
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "&": escaped += "&amp;"
            case "\"": escaped += "&quot;"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
    }

    /// A text of many lines as HTML, its line ends and tabs kept.
    static func block(_ text: String) -> String {
        let lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
        return lines.map { line in
            let cells = line.split(separator: "\t", omittingEmptySubsequences: false)
            return cells.map { html(Substring($0), limit: .max) }.joined(separator: "\t")
        }.joined(separator: "\n")
    }

    /// Limits that were not enforced, by their names, and in how many jobs; nil where all were.
    static func notEnforced(_ limits: [String: Int], noun: String = "job") -> String? {
        guard let most = limits.values.max() else { return nil }
        let names = limits.keys.sorted()
        func jobs(_ count: Int) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
        // Most often all jobs lack the same.
        let isEven = limits.values.allSatisfy { $0 == most }
        let list = names.map { isEven ? $0 : "\($0) (\(jobs(limits[$0] ?? 0)))" }.joined(separator: ", ")
        return "NOT ENFORCED on this host: \(list)" + (isEven ? " (\(jobs(most)))" : "")
    }
}
