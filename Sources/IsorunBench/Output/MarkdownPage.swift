/// The report as a page for a repository or an issue.
public enum MarkdownPage {
    /// The whole page.
    public static func text(_ report: BenchReport) -> String {
        var text = "# isorun bench \(report.kind)\n\n"
        text += "- date: \(report.startedAt)\n"
        for fact in report.host { text += "- \(fact.name): \(escape(fact.value))\n" }
        if let noise = report.noise { text += "- noise: \(noise.text)\n" }
        for note in report.notes { text += "- note: \(escape(note))\n" }
        if report.interrupted { text += "- note: ended before its time; this is what there is\n" }
        for measure in report.measures { text += table(measure, report) }
        text += phases(report) + failures(report) + commands(report)
        return text
    }

    private static func table(_ measure: Measure, _ report: BenchReport) -> String {
        var text = "\n## \(measure.title), \(measure.unit)\n\n"
        text +=
            "| | p50 | p90 | p99 | max | runs | ÷ \(report.reference) (95 %) |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: |\n"
        for row in report.rows {
            guard let found = row.measures.first(where: { $0.id == measure.id }), let summary = found.summary else {
                continue
            }
            let figures = [summary.p50, summary.p90, summary.p99, summary.greatest].map(Figures.text)
            let cells = [escape(row.name)] + figures + ["\(summary.count)", found.ratio?.text ?? ""]
            text += "| " + cells.joined(separator: " | ") + " |\n"
        }
        return text
    }

    private static func phases(_ report: BenchReport) -> String {
        let rows = report.rows.filter { !$0.phases.isEmpty }
        guard !rows.isEmpty else { return "" }
        return "\n## Where the time goes, medians in ms\n\n"
            + rows.map { row in
                "- \(escape(row.name)): "
                    + row.phases.map { "\($0.name) \(Figures.text($0.milliseconds))" }.joined(separator: ", ") + "\n"
            }.joined()
    }

    private static func failures(_ report: BenchReport) -> String {
        let rows = report.rows.filter { $0.failure != nil }
        guard !rows.isEmpty else { return "" }
        return "\n## Not measured, or not to the end\n\n"
            + rows.map { row in
                let help = row.failure?.help.map { "; to have it: \(escape($0))" } ?? ""
                return "- \(escape(row.name)): \(escape(row.failure?.reason ?? ""))\(help)\n"
            }.joined()
    }

    private static func commands(_ report: BenchReport) -> String {
        let rows = report.rows.filter { !$0.command.isEmpty }
        guard !rows.isEmpty else { return "" }
        return "\n## Command lines\n\n"
            + rows.map { row in
                let notes = [row.limits.isEmpty ? nil : "limits: \(row.limits)", row.note].compactMap { $0 }
                let rest = notes.isEmpty ? "" : "; " + escape(notes.joined(separator: "; "))
                return "- \(escape(row.name)): `\(code(Figures.command(row.command)))`\(rest)\n"
            }.joined()
    }

    /// What Markdown or a browser would take for markup, and line ends.
    private static func escape(_ text: String) -> String {
        text.map { character in
            switch character {
            case "|", "*", "_", "`", "[", "]", "\\": "\\\(character)"
            case "<": "&lt;"
            case ">": "&gt;"
            case "&": "&amp;"
            case _ where character.isNewline: " "
            case _ where isControl(character): "\u{FFFD}"
            default: String(character)
            }
        }.joined()
    }

    private static func code(_ text: String) -> String {
        text.map { character in
            if character == "`" { return "'" }
            if character.isNewline { return " " }
            return isControl(character) ? "\u{FFFD}" : String(character)
        }.joined()
    }

    private static func isControl(_ character: Character) -> Bool {
        character.unicodeScalars.contains { $0.properties.generalCategory == .control }
    }
}
