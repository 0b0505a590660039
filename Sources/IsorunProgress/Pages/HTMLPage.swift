internal import IsorunModel
internal import IsorunReporting

/// A run as one page of HTML that loads nothing and runs no script.
public enum HTMLPage {
    /// The page of stored events.
    public static func text(_ outline: RunOutline) -> String {
        let all = outline.all
        let failed = all.filter { $0.result.isFailure }
        let others = all.filter { !$0.result.isFailure }
        let missing = outline.missing
        var body = "<h1>isorun: \(headline(outline.totals, missing: missing.count))</h1>\n"
        if !missing.isEmpty {
            let names = missing.map { "<li>\(escape($0))</li>" }.joined(separator: "\n")
            body += "<h2>Without a result: isorun was ended before</h2>\n<ul>\n\(names)\n</ul>\n"
        }
        if !failed.isEmpty { body += section("Failed", failed, isOpen: true) }
        if !others.isEmpty { body += section(failed.isEmpty ? "All" : "Others", others, isOpen: false) }
        return """
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"><title>isorun</title>
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
            <style>
            body { font: 14px/1.4 system-ui, sans-serif; margin: 2em auto; max-width: 75em; padding: 0 1em }
            table { border-collapse: collapse; width: 100% }
            td, th { border-bottom: 1px solid #8884; padding: .3em .6em; text-align: left; vertical-align: top }
            td.figure { text-align: right; white-space: nowrap }
            pre { background: #8881; max-height: 30em; overflow: auto; padding: .6em; white-space: pre-wrap }
            .bad { color: #c0392b; font-weight: bold } .warning { color: #b8860b } .good { color: #2e7d32 }
            :root { color-scheme: light dark }
            </style></head><body>
            \(body)</body></html>

            """
    }

    private static func headline(_ totals: SuiteTotals, missing: Int) -> String {
        var parts = ["\(totals.passed) passed"]
        for (count, word) in [
            (totals.flaky, "of them flaky"), (totals.failed, "failed"), (totals.skipped, "skipped"),
            (totals.notRun + missing, "not run"),
        ] where count > 0 {
            parts.append("\(count) \(word)")
        }
        return parts.joined(separator: ", ") + " in \(totals.duration.text)"
    }

    private static func section(_ title: String, _ entries: [RunOutline.Entry], isOpen: Bool) -> String {
        let rows = entries.map { row($0, isOpen: isOpen) }.joined()
        let heads = ["", "name", "time", "memory peak", "CPU"].map { "<th>\($0)</th>" }.joined()
        return "<h2>\(title)</h2>\n<table><tr>\(heads)</tr>\n\(rows)</table>\n"
    }

    private static func row(_ entry: RunOutline.Entry, isOpen: Bool) -> String {
        let result = entry.result
        let (word, style) = word(result)
        let cpu = result.resources.cpuUs.map { Duration.microseconds(Int64(clamping: $0)).text }
        let memory = result.resources.memoryPeakBytes.map { ByteCount($0).description }
        let figures = [result.duration.text, memory ?? "", cpu ?? ""].map { "<td class=\"figure\">\(escape($0))</td>" }
        let name = escape(result.name)
        let inside = details(entry)
        let shown =
            inside.isEmpty ? name : "<details\(isOpen ? " open" : "")><summary>\(name)</summary>\n\(inside)</details>"
        return "<tr><td class=\"\(style)\">\(word)</td><td>\(shown)</td>\(figures.joined())</tr>\n"
    }

    private static func word(_ result: JobResult) -> (String, String) {
        switch result.outcome {
        case .passed where result.skipped != nil: ("skipped", "warning")
        case .passed where result.flaky: ("flaky", "warning")
        case .passed: ("passed", "good")
        case .cancelled: ("cancelled", "warning")
        default: (result.outcome.rawValue, "bad")
        }
    }

    private static func details(_ entry: RunOutline.Entry) -> String {
        let result = entry.result
        var text = ""
        if let skipped = result.skipped { text += "<p>\(lines(skipped))</p>\n" }
        if result.outcome != .passed { text += "<p>\(lines(result.reason))</p>\n" }
        if entry.attempts > 1 { text += "<p>\(entry.attempts) attempts</p>\n" }
        if !result.leaked.isEmpty { text += "<p>left behind: \(escape(result.leaked.joined(separator: ", ")))</p>\n" }
        for (stream, output) in entry.output {
            text += "<p>\(stream)</p><pre>\(escape(output, keepsLines: true))</pre>\n"
        }
        return text
    }

    private static func lines(_ text: String) -> String {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        return lines.map { escape(String($0)) }.joined(separator: "<br>")
    }

    private static func escape(_ text: String, keepsLines: Bool = false) -> String {
        let plain = keepsLines ? text : TerminalText.escape(text, limit: 2000)
        return plain.unicodeScalars.reduce(into: "") { escaped, scalar in
            switch scalar {
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "&": escaped += "&amp;"
            case "\"": escaped += "&quot;"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
    }
}
