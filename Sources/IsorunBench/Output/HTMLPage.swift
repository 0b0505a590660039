internal import IsorunModel

/// The report as one file for a browser: its charts are drawn here, as SVG, so it needs no network and no script.
public enum HTMLPage {
    /// The whole page.
    public static func text(_ report: BenchReport) -> String {
        var body = "<h1>isorun bench \(escape(report.kind))</h1>\n"
        body += facts(report)
        for measure in report.measures {
            body += "<h2>\(escape(measure.title)), \(escape(measure.unit))</h2>\n"
            body += wide(DistributionChart.svg(measure, report))
            body += wide(table(measure, report))
        }
        if report.rows.contains(where: { !$0.phases.isEmpty }) {
            body += "<h2>Where the time goes</h2>\n" + wide(PhasesChart.svg(report))
        }
        body += failures(report) + commands(report)
        return """
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><title>isorun bench \(escape(report.kind))</title>
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <link rel="icon" href="data:,"><style>\(style)</style></head>
            <body>
            \(body)</body></html>

            """
    }

    /// What is wider than the window is moved sideways, by itself, and stays legible.
    private static func wide(_ text: String) -> String { "<div class=\"wide\">\(text)</div>\n" }

    private static let style = """
        :root{--ink:#1b1f24;--page:#fff;--faint:#57606a;--rule:#d8dee4;--code:#f6f8fa;--bad:#a40e26;--dot:#4078c0;--box:#0969da;--median:#0a3069}
        @media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--page:#0d1117;--faint:#9198a1;--rule:#30363d;--code:#161b22;--bad:#ff7b72;--dot:#79c0ff;--box:#58a6ff;--median:#fff}}
        body{font:15px/1.45 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem;color:var(--ink);background:var(--page)}
        h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem}
        dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem;margin:0}dt{color:var(--faint)}dd{margin:0;overflow-wrap:anywhere}
        .wide{overflow-x:auto}table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums;margin-top:.5rem}
        th,td{padding:.2rem .5rem;text-align:right;border-bottom:1px solid var(--rule);white-space:nowrap}th:first-child,td:first-child{text-align:left}
        code{font:12.5px ui-monospace,monospace;background:var(--code);padding:.1rem .3rem;overflow-wrap:anywhere}
        svg{width:100%;min-width:46rem;height:auto;display:block}svg text{font:12px system-ui,sans-serif;fill:var(--ink)}
        svg .faint{fill:var(--faint)}.failed{color:var(--bad)}svg .rule{stroke:var(--rule)}
        svg .dot{fill:var(--dot);fill-opacity:.35}svg .box{fill:var(--box);fill-opacity:.2;stroke:var(--box)}
        svg .median{stroke:var(--median);stroke-width:2.5}
        """

    private static func facts(_ report: BenchReport) -> String {
        var facts = [BenchReport.Fact("date", report.startedAt)] + report.host
        if let noise = report.noise { facts.append(.init("noise", noise.text)) }
        for note in report.notes { facts.append(.init("note", note)) }
        if report.interrupted { facts.append(.init("note", "ended before its time; this is what there is")) }
        return "<dl>" + facts.map { "<dt>\(escape($0.name))</dt><dd>\(escape($0.value))</dd>" }.joined() + "</dl>\n"
    }

    private static func table(_ measure: Measure, _ report: BenchReport) -> String {
        var text = "<table><tr><th></th><th>p50</th><th>p90</th><th>p99</th><th>max</th><th>runs</th>"
        text += "<th>÷ \(escape(report.reference)) (95 %)</th></tr>\n"
        for row in report.rows {
            guard let found = row.measures.first(where: { $0.id == measure.id }), let summary = found.summary else {
                continue
            }
            let figures = [summary.p50, summary.p90, summary.p99, summary.greatest].map(Figures.text)
            let cells = [escape(row.name)] + figures + ["\(summary.count)", found.ratio?.text ?? ""]
            text += "<tr>" + cells.map { "<td>\($0)</td>" }.joined() + "</tr>\n"
        }
        return text + "</table>\n"
    }

    private static func failures(_ report: BenchReport) -> String {
        let rows = report.rows.filter { $0.failure != nil }
        guard !rows.isEmpty else { return "" }
        return "<h2>Not measured, or not to the end</h2>\n<ul>"
            + rows.map { row in
                let help = row.failure?.help.map { "<br>to have it: <code>\(escape($0))</code>" } ?? ""
                let reason = escape(row.failure?.reason ?? "")
                return "<li><b>\(escape(row.name))</b>: <span class=\"failed\">\(reason)</span>\(help)</li>\n"
            }.joined() + "</ul>\n"
    }

    private static func commands(_ report: BenchReport) -> String {
        let rows = report.rows.filter { !$0.command.isEmpty }
        guard !rows.isEmpty else { return "" }
        return "<h2>Command lines</h2>\n<ul>"
            + rows.map { row in
                let notes = [row.limits.isEmpty ? nil : "limits: \(row.limits)", row.note].compactMap { $0 }
                let rest = notes.isEmpty ? "" : "<br>" + escape(notes.joined(separator: "; "))
                return
                    "<li><b>\(escape(row.name))</b>: <code>\(escape(Figures.command(row.command)))</code>\(rest)</li>\n"
            }.joined() + "</ul>\n"
    }

    /// What a browser would take for markup; controls become a sign.
    static func escape(_ text: String) -> String {
        text.unicodeScalars.map { scalar in
            switch scalar {
            case "<": "&lt;"
            case ">": "&gt;"
            case "&": "&amp;"
            case "\"": "&quot;"
            case "\n", "\t": " "
            case "\u{00}"..."\u{1F}", "\u{7F}"..."\u{9F}": "\u{FFFD}"
            default: String(scalar)
            }
        }.joined()
    }
}
