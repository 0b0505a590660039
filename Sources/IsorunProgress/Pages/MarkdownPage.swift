public import IsorunModel
internal import IsorunReporting

/// A run as Markdown: a few lines for a pull request or GitHub's summary of a step.
public enum MarkdownPage {
    private static let mostRows = 100

    /// The page of stored events.
    public static func text(_ outline: RunOutline) -> String {
        let all = outline.all.map(\.result)
        return text(outline.totals, all.filter(\.isFailure), flaky: all.filter(\.flaky), missing: outline.missing)
    }

    /// The page of totals, of what failed and of what passed only when it was tried again.
    public static func text(
        _ totals: SuiteTotals,
        _ failures: [JobResult],
        flaky: [JobResult],
        missing: [String] = []
    ) -> String {
        let isGood = totals.failed == 0 && totals.notRun == 0 && missing.isEmpty
        var text = "### isorun: \(isGood ? "passed" : "failed")\n\n"
        text += "| passed | flaky | failed | skipped | not run | time |\n| --- | --- | --- | --- | --- | --- |\n"
        text += "| \(totals.passed) | \(totals.flaky) | \(totals.failed) | \(totals.skipped) "
        text += "| \(totals.notRun + missing.count) | \(totals.duration.text) |\n"
        text += table(["failed", "how", "why"], failures.map { [$0.name, $0.outcome.rawValue, $0.reason] })
        text += table(["flaky", "passed at attempt"], flaky.map { [$0.name, "\($0.attempt)"] })
        text += table(["without a result: isorun was ended before"], missing.map { [$0] })
        return text
    }

    private static func table(_ heads: [String], _ rows: [[String]]) -> String {
        guard !rows.isEmpty else { return "" }
        var text = "\n| \(heads.joined(separator: " | ")) |\n|\(heads.map { _ in " --- |" }.joined())\n"
        for row in rows.prefix(mostRows) { text += "| \(row.map(cell).joined(separator: " | ")) |\n" }
        if rows.count > mostRows { text += "\nand \(rows.count - mostRows) more\n" }
        return text
    }

    /// Text in a cell, its lines one below the other.
    private static func cell(_ text: String) -> String {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        return lines.prefix(8).map { plain(String($0)) }.joined(separator: "<br>") + (lines.count > 8 ? "<br>…" : "")
    }

    /// Text that Markdown and HTML take for nothing but text.
    private static func plain(_ text: String) -> String {
        // By scalars: with a mark that combines with it a bar is another character of Swift's, and a bar to Markdown.
        TerminalText.escape(text, limit: 300).unicodeScalars.reduce(into: "") { escaped, scalar in
            switch scalar {
            case "|", "`", "*", "_", "[", "]", "\\", "#", "!", "~": escaped += "\\\(scalar)"
            case "<": escaped += "&lt;"
            case "&": escaped += "&amp;"
            // `@name` would tell people of it.
            case "@": escaped += "&#64;"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
    }
}
