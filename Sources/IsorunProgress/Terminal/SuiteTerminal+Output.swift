internal import IsorunModel
internal import IsorunReporting

/// What a job wrote, as it may stand on a terminal and in a CI's log.
extension SuiteTerminal {
    func shown(_ result: JobResult, _ stdout: CapturedOutput, _ stderr: CapturedOutput) -> String {
        var text = ""
        for (name, output) in [("stdout", stdout), ("stderr", stderr)] {
            // What was kept of it has bounds of its own.
            let rendered = OutputText.render(output, limit: style.output == .all ? .max : 1 << 15)
            guard !rendered.isEmpty else { continue }
            text += paint("    --- \(name)", .dim) + "\n"
            let lines = rendered.split(separator: "\n", omittingEmptySubsequences: false).dropLast(
                rendered.hasSuffix("\n") ? 1 : 0
            )
            let left = style.output == .all ? 0 : max(0, lines.count - Self.mostLines)
            for line in lines.prefix(left > 0 ? Self.firstLines : lines.count) { text += told(line) }
            guard left > 0 else { continue }
            text += paint("    … \(left) lines more: --output all shows them", .dim) + "\n"
            for line in lines.suffix(Self.mostLines - Self.firstLines) { text += told(line) }
        }
        guard style.gitlab, !text.isEmpty else { return text }
        let id = "isorun_\(String(SuitePlan(names: [result.name]).fingerprint))"
        let time = result.startedAtUs / 1_000_000
        return
            "\u{1B}[0Ksection_start:\(time):\(id)[collapsed=true]\r\u{1B}[0K    output of \(TerminalText.escape(result.name))\n"
            + text + "\u{1B}[0Ksection_end:\(time + 1):\(id)\r\u{1B}[0K\n"
    }

    /// Lines of a stream that are shown of a failure: its beginning, and its end, where the reason mostly stands.
    private static let (mostLines, firstLines) = (400, 100)

    private func told(_ line: Substring) -> String {
        "    \(Self.shown(line, limit: 4000))\n"
    }

    // Tabs become spaces; all other controls are written out.
    static func shown(_ line: Substring, limit: Int) -> String {
        line.split(separator: "\t", omittingEmptySubsequences: false).map {
            TerminalText.escape(String($0), limit: limit)
        }.joined(separator: "    ")
    }
}
