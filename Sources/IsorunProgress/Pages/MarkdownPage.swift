public import IsorunModel
internal import IsorunReporting

/// A run as Markdown: a few lines for a pull request or GitHub's summary of a step.
public enum MarkdownPage {
    private static let mostRows = 100

    /// The page of stored events.
    public static func text(_ outline: RunOutline) -> String {
        guard !outline.isUnknown else { return heading("nothing is known of the run") + silence(outline.silent) }
        let all = outline.all
        let results = all.map { entry in
            var result = entry.result
            result.name = entry.name
            return result
        }
        let former = all.filter { !$0.others.isEmpty }.map { ($0.name, $0.others.map(\.result)) }
        return text(
            outline.totals,
            results.filter(\.isFailure),
            flaky: results.filter(\.flaky),
            missing: outline.missing,
            unenforced: outline.unenforced,
            notRun: results.filter { $0.outcome == .cancelled },
            failedBefore: Dictionary(former) { $0 + $1 },
            silent: outline.silent
        )
    }

    /// The page of totals, of what failed and of what passed only when it was tried again.
    ///
    /// - Parameters:
    ///   - totals: how many ended how.
    ///   - failures: what did not pass.
    ///   - flaky: what passed at a later attempt.
    ///   - missing: names that have no result.
    ///   - unenforced: limits that were not enforced, by their names, and in how many jobs.
    ///   - notRun: what was not run, or ended because the run was.
    ///   - failedBefore: the attempts that did not pass of each that is flaky, by its name.
    ///   - silent: inputs of which nothing is known.
    /// - Returns: the page.
    public static func text(
        _ totals: SuiteTotals,
        _ failures: [JobResult],
        flaky: [JobResult],
        missing: [String] = [],
        unenforced: [String: Int] = [:],
        notRun: [JobResult] = [],
        failedBefore: [String: [JobResult]] = [:],
        silent: [String] = []
    ) -> String {
        let isGood = totals.failed == 0 && totals.notRun == 0 && missing.isEmpty && silent.isEmpty
        var text = heading(isGood ? "passed" : "failed") + "\n"
        if let line = PageText.notEnforced(unenforced) { text += "**\(plain(line))**\n\n" }
        text += "| passed | flaky | failed | skipped | not run | time |\n| --- | --- | --- | --- | --- | --- |\n"
        text += "| \(totals.passed) | \(totals.flaky) | \(totals.failed) | \(totals.skipped) "
        text += "| \(totals.notRun + missing.count) | \(totals.duration.text) |\n"
        text += table(["failed", "how", "why"], failures.map { [$0.name, $0.outcome.rawValue, $0.reason] })
        let attempts = flaky.map { [$0.name, "\($0.attempt)", how(failedBefore[$0.name] ?? [])] }
        text += table(["flaky", "passed at attempt", "failed before"], attempts)
        text += table(["not run", "why"], notRun.map { [$0.name, $0.reason] })
        text += table(["without a result: isorun was ended before"], missing.map { [$0] })
        return text + silence(silent)
    }

    private static func heading(_ text: String) -> String { "### isorun: \(text)\n" }

    private static func silence(_ inputs: [String]) -> String {
        table(["nothing is known of", "why"], inputs.map { [$0, PageText.silence] })
    }

    /// How each of several attempts failed, on a line of its own.
    private static func how(_ attempts: [JobResult]) -> String {
        attempts.map { attempt in
            let reason = HeadAndTail.lines(of: attempt.reason, most: 1).last ?? ""
            return "\(attempt.attempt): \(attempt.outcome.rawValue): \(reason)"
        }.joined(separator: "\n")
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
        HeadAndTail.lines(of: text, most: 8).map { plain(String($0)) }.joined(separator: "<br>")
    }

    /// Text that Markdown and HTML take for nothing but text.
    private static func plain(_ text: String) -> String {
        // By scalars: with a mark that combines with it a bar is another character of Swift's, and a bar to Markdown.
        TerminalText.escape(text, limit: 300).unicodeScalars.reduce(into: "") { escaped, scalar in
            switch scalar {
            case "|", "`", "*", "_", "[", "]", "\\", "#", "!", "~": escaped += "\\\(scalar)"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "&": escaped += "&amp;"
            // GitHub would set what stands between two of them as mathematics.
            case "$": escaped += "&#36;"
            // `@name` would tell people of it.
            case "@": escaped += "&#64;"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
    }
}
