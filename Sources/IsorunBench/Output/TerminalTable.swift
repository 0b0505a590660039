internal import IsorunModel
internal import IsorunReporting

/// The report as a person reads it on a terminal.
public enum TerminalTable {
    /// The whole text.
    ///
    /// - Parameters:
    ///   - report: What was found.
    ///   - width: Columns of the terminal.
    /// - Returns: Lines, each ended.
    public static func text(_ report: BenchReport, width: Int = 120) -> String {
        var text = header(report)
        for measure in report.measures { text += "\n" + table(measure, report, width: width) }
        text += phases(report)
        text += failures(report)
        text += commands(report)
        return text
    }

    private static func header(_ report: BenchReport) -> String {
        let facts = [BenchReport.Fact("bench", "\(report.kind), \(report.startedAt)")] + report.host
        let noise = report.noise.map { [BenchReport.Fact("noise", $0.text)] } ?? []
        let all = facts + noise
        let width = all.map(\.name.count).max() ?? 0
        var text = all.map { "\(pad($0.name, width))  \(TerminalText.escape($0.value))\n" }.joined()
        for note in report.notes { text += "note: \(note)\n" }
        if report.interrupted { text += "note: ended before its time; this is what there is\n" }
        return text
    }

    private static func table(_ measure: Measure, _ report: BenchReport, width: Int) -> String {
        let rows = report.rows.compactMap { row in
            row.measures.first { $0.id == measure.id }.flatMap { found in
                found.summary.map { (row: row, measure: found, summary: $0) }
            }
        }
        guard !rows.isEmpty else { return "" }
        let names = max(12, rows.map(\.row.name.count).max() ?? 0)
        let ratios = rows.map { $0.measure.ratio?.text ?? "" }
        let ratioWidth = max(report.reference.count + 2, ratios.map(\.count).max() ?? 0)
        // Where there is no room for a bar there is none; the figures stay.
        let left = width - names - 4 * 9 - ratioWidth - 12
        let room = left < 4 ? 0 : min(40, left)
        let medians = rows.map(\.summary.p50)
        let logarithmic = Figures.isLogarithmic(medians)
        let range =
            (medians.filter { $0 > 0 }.min() ?? 1)...max(medians.max() ?? 1, medians.filter { $0 > 0 }.min() ?? 1)
        var text = "\(measure.title), \(measure.unit)\(logarithmic ? " (bars are logarithmic)" : "")\n"
        text +=
            "  " + pad("", names) + ["p50", "p90", "p99", "max"].map { lead($0, 9) }.joined()
            + lead("runs", 6) + "  " + pad("÷ \(report.reference)", ratioWidth) + "\n"
        for (row, ratio) in zip(rows, ratios) {
            let summary = row.summary
            let figures = [summary.p50, summary.p90, summary.p99, summary.greatest]
            let bar = Figures.bar(Figures.place(summary.p50, in: range, logarithmic: logarithmic), width: room)
            text +=
                "  " + pad(row.row.name, names) + figures.map { lead(Figures.text($0), 9) }.joined()
                + lead("\(summary.count)", 6) + "  " + pad(ratio, ratioWidth) + (room > 0 ? "  " + bar : "") + "\n"
        }
        return text
    }

    private static func phases(_ report: BenchReport) -> String {
        let rows = report.rows.filter { !$0.phases.isEmpty }
        guard !rows.isEmpty else { return "" }
        return "\nwhere the time goes, medians in ms\n"
            + rows.map { row in
                "  \(row.name): "
                    + row.phases.map { "\($0.name) \(Figures.text($0.milliseconds))" }.joined(separator: ", ") + "\n"
            }.joined()
    }

    private static func failures(_ report: BenchReport) -> String {
        let rows = report.rows.filter { $0.failure != nil }
        guard !rows.isEmpty else { return "" }
        return "\nnot measured, or not to the end\n"
            + rows.map { row in
                var text = "  \(row.name): \(TerminalText.escape(row.failure?.reason ?? ""))\n"
                if let help = row.failure?.help { text += "    to have it: \(help)\n" }
                return text
            }.joined()
    }

    private static func commands(_ report: BenchReport) -> String {
        let rows = report.rows.filter { !$0.command.isEmpty }
        guard !rows.isEmpty else { return "" }
        return "\ncommand lines\n"
            + rows.map { row in
                var text = "  \(row.name): \(TerminalText.escape(Figures.command(row.command), limit: 2000))\n"
                if !row.limits.isEmpty { text += "    limits: \(row.limits)\n" }
                if let note = row.note { text += "    \(TerminalText.escape(note, limit: 1000))\n" }
                return text
            }.joined()
    }

    private static func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    private static func lead(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }
}
