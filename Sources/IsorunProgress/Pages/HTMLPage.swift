internal import IsorunModel

/// A run as one page of HTML that loads nothing and runs no script.
///
/// It is made to be small: what passed has little of its output, and rows and output have bounds, which failures use
/// first.
public enum HTMLPage {
    /// The most names in a list.
    private static let mostNames = 1000
    /// The most rows of what did not pass, and as many of all else.
    static let mostRows = 20_000

    /// The page of stored events.
    public static func text(_ outline: RunOutline) -> String {
        let missing = outline.missing
        let title = headline(outline, missing: missing.count)
        var body = "<h1>isorun: \(title)</h1>\n"
        if let line = PageText.notEnforced(outline.unenforced) {
            body += "<p class=\"bad\">\(PageText.html(line))</p>\n"
        }
        body += silence(outline.silent) + facts(outline)
        body += names("Without a result: isorun was ended before", missing)
        body += results(outline.all)
        return """
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><title>isorun: \(title)</title>
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
            <style>
            \(style)
            </style></head><body>
            \(body)</body></html>

            """
    }

    private static func headline(_ outline: RunOutline, missing: Int) -> String {
        guard !outline.isUnknown else { return "nothing is known of the run" }
        let totals = outline.totals
        var parts = ["\(totals.passed) passed"]
        for (count, word) in [
            (totals.flaky, "of them flaky"), (totals.failed, "failed"), (totals.skipped, "skipped"),
            (totals.notRun + missing, "not run"), (outline.silent.count, "without a word"),
        ] where count > 0 {
            parts.append("\(count) \(word)")
        }
        return parts.joined(separator: ", ") + " in \(totals.duration.text)"
    }

    private static func silence(_ inputs: [String]) -> String {
        inputs.prefix(mostNames).map { input in
            "<p class=\"bad\">\(input.isEmpty ? "What was read" : PageText.html(input)) has \(PageText.silence)</p>\n"
        }.joined()
    }

    private static func names(_ title: String, _ names: [String]) -> String {
        guard !names.isEmpty else { return "" }
        let list = names.prefix(mostNames).map { "<li>\(PageText.html($0))</li>\n" }.joined()
        return "<h2>\(title)</h2>\n<ul>\n\(list)</ul>\n" + more(names.count - mostNames)
    }

    static func more(_ count: Int) -> String { count > 0 ? "<p>and \(count) more</p>\n" : "" }

    /// The tables, failures first: they are what the page has room for first.
    private static func results(_ entries: [RunOutline.Entry]) -> String {
        var rows = HTMLRows()
        let failed = entries.filter { $0.result.isFailure }
        let others = entries.filter { !$0.result.isFailure }
        return rows.section("Failed", failed, isOpen: true)
            + rows.section(failed.isEmpty ? "All" : "Others", others, isOpen: false)
    }

    /// Columns have widths of their own, so that no name makes the page wider than its window, and on a narrow one a
    /// result's figures stand below its name.
    private static let style = """
        :root { color-scheme: light dark; --bad: #b3261e; --warning: #8a5a00; --good: #2e7d32 }
        @media (prefers-color-scheme: dark) { :root { --bad: #ff8a80; --warning: #ffca6b; --good: #81c784 } }
        body { font: 14px/1.4 system-ui, sans-serif; margin: 2em auto; max-width: 75em; padding: 0 1em }
        body, td, th, summary, pre { overflow-wrap: anywhere }
        table { border-collapse: collapse; table-layout: fixed; width: 100% }
        td, th { border-bottom: 1px solid #8884; padding: .3em .6em; text-align: left; vertical-align: top }
        .word { width: 9em } .figure { text-align: right; width: 7.5em }
        pre { background: #8881; margin: .3em 0; max-height: 30em; overflow: auto; padding: .6em; white-space: pre-wrap }
        p { margin: .5em 0 } .facts { opacity: .8 }
        .bad { color: var(--bad); font-weight: bold } .warning { color: var(--warning) } .good { color: var(--good) }
        @media (max-width: 45em) {
        tr:has(th) { display: none } tr { border-bottom: 1px solid #8884; display: block; padding: .3em 0 }
        td { border: 0; display: block; padding: .1em 0 } td.word, td.figure { display: inline-block; width: auto }
        td.figure { margin-right: 1em; opacity: .8; text-align: left } td.figure:empty { display: none }
        td.memory::before { content: "memory " } td.cpu::before { content: "CPU " }
        }
        """
}
