internal import IsorunModel
internal import IsorunReporting

/// What a person reads on stderr while many jobs run: a value that takes events and returns text.
///
/// On a terminal a line of progress stands at the bottom and is drawn anew; elsewhere only lines that stay are made.
/// Whatever a job could have named is escaped.
public struct SuiteTerminal: Sendable {
    /// Which output of jobs is shown.
    public enum Output: String, Sendable, CaseIterable {
        /// That of failures, at once.
        case failures
        /// All of it.
        case all
        /// None of it.
        case none
        /// That of failures, at the end.
        case final
    }

    /// How it is shown.
    public struct Style: Sendable {
        /// Whether a line of progress is drawn.
        public var progress = false
        /// Whether colours are used.
        public var color = false
        /// Columns of the terminal.
        public var columns = 80
        /// Which output.
        public var output = Output.failures
        /// Only failures, and the totals.
        public var quiet = false
        /// What runs one job again: the job's name comes quoted for the shell behind it.
        public var again: String?
        /// When a job is said to be slow.
        public var slowAfter: Duration = .seconds(60)
        /// Whether sections of GitLab's log are made around output.
        public var gitlab = false
        /// Whether annotations of GitHub's are made for failures.
        public var github = false

        /// Makes the style of a plain log.
        public init() {}
    }

    private let style: Style
    private var planned = 0
    private var totals = SuiteTotals()
    private var running: [(name: String, since: Duration, warned: Bool)] = []
    private var failures: [(result: JobResult, output: String)] = []
    private var expected: [String: Duration] = [:]
    private var restExpected = Duration.zero
    private var restUnknown = 0

    /// Makes a terminal; `expected` are times from the last run.
    public init(style: Style, expected: [String: Duration] = [:]) {
        self.style = style
        self.expected = expected
    }

    /// How it stands.
    public var counts: SuiteTotals { totals }

    // MARK: Events

    /// The lines that an event makes, which stay; `now` is the time since the run began.
    public mutating func hear(_ event: SuiteEvent, isLast: Bool, at now: Duration) -> String {
        switch event {
        case .planned(let plan): return begin(plan)
        case .job(.jobStarting(let name, _, _)):
            running.append((name, now, false))
            return ""
        case .job(.jobStarted): return ""
        case .job(.note(let text)): return style.quiet ? "" : "  note: \(TerminalText.escape(text))\n"
        case .job(.jobFinished(let result, let stdout, let stderr)):
            if let index = running.firstIndex(where: { $0.name == result.name }) { running.remove(at: index) }
            return end(result, stdout, stderr, isLast: isLast)
        case .finished(let totals): return finish(totals)
        }
    }

    private mutating func begin(_ plan: SuitePlan) -> String {
        planned = plan.mine.count
        for index in plan.mine {
            if let time = expected[plan.names[index]] { restExpected += time } else { restUnknown += 1 }
        }
        guard !style.quiet else { return "" }
        var text = "running \(counted(planned, "job"))"
        if let partition = plan.partition { text += " of \(plan.names.count) (partition \(partition))" }
        if let seed = plan.seed { text += ", shuffled: --shuffle \(seed) makes the same order" }
        if plan.resumed > 0 { text += "; \(plan.resumed) were done before" }
        return text + "\n"
    }

    private mutating func end(
        _ result: JobResult,
        _ stdout: CapturedOutput,
        _ stderr: CapturedOutput,
        isLast: Bool
    ) -> String {
        if isLast {
            totals.count(result)
            if let time = expected[result.name] { restExpected -= min(time, restExpected) } else { restUnknown -= 1 }
        }
        let isGood = result.outcome == .passed
        let wasNotRun = result.outcome == .cancelled && result.startup == nil
        guard !wasNotRun else { return "" }
        var text = ""
        if !isGood || !style.quiet { text += headline(result, isLast: isLast) + "\n" }
        if !isGood {
            for line in reasonLines(result) { text += "    \(line)\n" }
        }
        if let leaked = leaks(result), !result.reason.contains(" behind: ") {
            text += "    \(paint(leaked, .warning))\n"
        }
        let output = shown(result, stdout, stderr)
        switch style.output {
        case .none: break
        case .all: text += output
        case .failures where !isGood: text += output
        case .final where !isGood && isLast: failures.append((result, output))
        default: break
        }
        if !isGood, isLast {
            if style.output != .final { failures.append((result, "")) }
            if let again = style.again {
                text += paint("    again: \(again) \(ShellWord.quoted(result.name))", .dim) + "\n"
            }
        }
        return text
    }

    private func headline(_ result: JobResult, isLast: Bool) -> String {
        let (word, color) = word(result, isLast: isLast)
        let time = result.duration.text
        let padded = String(repeating: " ", count: max(0, 10 - time.count)) + time
        var line = "\(paint(Self.padded(word, 8), color)) \(padded)  \(TerminalText.escape(result.name, limit: 400))"
        if let reason = result.skipped { line += paint("  (\(TerminalText.escape(reason, limit: 120)))", .dim) }
        return line
    }

    private func word(_ result: JobResult, isLast: Bool) -> (String, Paint) {
        switch result.outcome {
        case .passed where result.skipped != nil: ("SKIP", .warning)
        case .passed where result.flaky: ("FLAKY", .warning)
        case .passed where (result.events.leakedProcesses ?? 0) > 0: ("LEAK", .warning)
        case .passed: ("PASS", .good)
        case .cancelled: ("ENDED", .warning)
        case _ where !isLast: ("RETRY", .warning)
        case .failed: ("FAIL", .bad)
        case .signaled: (result.signal ?? "SIGNAL", .bad)
        case .timedOut: ("TIMEOUT", .bad)
        case .outOfMemory: ("OOM", .bad)
        case .outputLimit: ("OUTPUT", .bad)
        case .seccompViolation: ("SECCOMP", .bad)
        case .tampered: ("TAMPERED", .bad)
        case .setupFailed: ("ERROR", .bad)
        }
    }

    private func reasonLines(_ result: JobResult) -> [String] {
        let all = result.reason.split(separator: "\n").map {
            style.github ? Self.withoutCommands($0) : Self.shown($0, limit: 500)
        }
        let lines = all.prefix(8) + (all.count > 8 ? ["…"] : [])
        guard let first = lines.first else { return [] }
        let head = result.outcome == .failed ? first : "\(result.outcome.rawValue): \(first)"
        return [head] + lines.dropFirst()
    }

    private func leaks(_ result: JobResult) -> String? {
        guard let count = result.events.leakedProcesses, count > 0 else { return nil }
        let names = result.leaked.prefix(8).map { TerminalText.escape($0, limit: 40) }.joined(separator: ", ")
        return "left \(counted(Int(clamping: count), "process")) behind" + (names.isEmpty ? "" : ": \(names)")
    }

    private func shown(_ result: JobResult, _ stdout: CapturedOutput, _ stderr: CapturedOutput) -> String {
        var text = ""
        for (name, output) in [("stdout", stdout), ("stderr", stderr)] {
            let rendered = OutputText.render(output, limit: 1 << 15)
            guard !rendered.isEmpty else { continue }
            text += paint("    --- \(name)", .dim) + "\n"
            for line in rendered.split(separator: "\n", omittingEmptySubsequences: false).dropLast(
                rendered.hasSuffix("\n") ? 1 : 0
            ) {
                text += "    \(style.github ? Self.withoutCommands(line) : Self.shown(line, limit: 4000))\n"
            }
        }
        guard style.gitlab, !text.isEmpty else { return text }
        let id = "isorun_\(String(SuitePlan(names: [result.name]).fingerprint))"
        let time = result.startedAtUs / 1_000_000
        return
            "\u{1B}[0Ksection_start:\(time):\(id)[collapsed=true]\r\u{1B}[0K    output of \(TerminalText.escape(result.name))\n"
            + text + "\u{1B}[0Ksection_end:\(time + 1):\(id)\r\u{1B}[0K\n"
    }

    // Tabs become spaces; all other controls are written out.
    private static func shown(_ line: Substring, limit: Int) -> String {
        line.split(separator: "\t", omittingEmptySubsequences: false).map {
            TerminalText.escape(String($0), limit: limit)
        }.joined(separator: "    ")
    }

    /// GitHub reads commands from lines that begin with two colons, however far they are indented, and older ones from
    /// `##[` anywhere: a test's output must not give any.
    private static func withoutCommands(_ line: Substring) -> String {
        let text = shown(line, limit: 4000).split(separator: "##[", omittingEmptySubsequences: false).joined(
            separator: #"\x23#["#
        )
        return text.drop { $0 == " " }.hasPrefix("::") ? #"\x3a"# + text.drop { $0 == " " }.dropFirst() : text
    }

    // MARK: The end

    private func finish(_ totals: SuiteTotals) -> String {
        var text = ""
        for (result, output) in failures where !output.isEmpty {
            text += headline(result, isLast: true) + "\n" + output
        }
        if failures.count > 1 || (!failures.isEmpty && planned > 20) {
            text += "failed:\n"
            for (result, _) in failures { text += "  " + headline(result, isLast: true) + "\n" }
        }
        text += summary(totals) + "\n"
        if style.github { text += annotations() }
        return text
    }

    private func summary(_ totals: SuiteTotals) -> String {
        var parts = [paint("\(totals.passed) passed", .good)]
        if totals.flaky > 0 { parts.append(paint("\(totals.flaky) of them flaky", .warning)) }
        if totals.failed > 0 { parts.append(paint("\(totals.failed) failed", .bad)) }
        if totals.skipped > 0 { parts.append("\(totals.skipped) skipped") }
        if totals.notRun > 0 { parts.append(paint("\(totals.notRun) not run", .warning)) }
        if totals.leaky > 0 { parts.append(paint("\(totals.leaky) left processes behind", .warning)) }
        return "\(counted(totals.total, "job")) in \(totals.duration.text): " + parts.joined(separator: ", ")
    }

    /// Workflow commands, with what they take for syntax escaped as GitHub's toolkit does.
    private func annotations() -> String {
        failures.prefix(10).map { result, _ in
            "::error title=\(Self.property(result.name))::\(Self.data("\(result.outcome.rawValue): \(result.reason)"))\n"
        }.joined()
    }

    private static func data(_ text: String) -> String {
        text.unicodeScalars.reduce(into: "") { escaped, scalar in
            switch scalar {
            case "%": escaped += "%25"
            case "\r": escaped += "%0D"
            case "\n": escaped += "%0A"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
    }

    private static func property(_ text: String) -> String {
        data(text).reduce(into: "") { $0 += $1 == ":" ? "%3A" : $1 == "," ? "%2C" : String($1) }
    }

    /// The table that GitHub shows for a step, in Markdown.
    public func stepSummary(_ totals: SuiteTotals) -> String {
        var text = "### isorun: \(totals.failed == 0 ? "passed" : "failed")\n\n"
        text += "| passed | flaky | failed | skipped | not run | time |\n| --- | --- | --- | --- | --- | --- |\n"
        text += "| \(totals.passed) | \(totals.flaky) | \(totals.failed) | \(totals.skipped) | \(totals.notRun) "
        text += "| \(totals.duration.text) |\n"
        guard !failures.isEmpty else { return text }
        text += "\n| failed | how | why |\n| --- | --- | --- |\n"
        for (result, _) in failures.prefix(100) {
            let cells = [result.name, result.outcome.rawValue, result.reason].map(Self.cell)
            text += "| \(cells.joined(separator: " | ")) |\n"
        }
        return text
    }

    private static func cell(_ text: String) -> String {
        TerminalText.escape(text, limit: 300).reduce(into: "") { escaped, character in
            switch character {
            case "|", "`", "*", "_", "[", "]", "\\", "#", "!": escaped += "\\\(character)"
            case "<": escaped += "&lt;"
            case "&": escaped += "&amp;"
            default: escaped.append(character)
            }
        }
    }

    // MARK: Progress

    /// Lines about jobs that have become slow since the last look.
    public mutating func slow(at now: Duration) -> String {
        var text = ""
        for index in running.indices where !running[index].warned && now - running[index].since >= style.slowAfter {
            running[index].warned = true
            let time = (now - running[index].since).text
            text +=
                "\(paint("SLOW    ", .warning)) \(Self.padded(">" + time, 10))  \(TerminalText.escape(running[index].name, limit: 400))\n"
        }
        return text
    }

    /// The line at the bottom, no longer than the terminal is wide; nil where none is drawn.
    public func progressLine(at now: Duration) -> String? {
        guard style.progress else { return nil }
        var text = "\(totals.total)/\(planned)"
        if totals.failed > 0 { text += " · \(totals.failed) failed" }
        text += " · \(now.text)"
        if let rest = eta(now) { text += " · \(rest.text) left" }
        for job in running.sorted(by: { $0.since < $1.since }).prefix(4) {
            text += " · \(TerminalText.escape(job.name, limit: 60)) \(Int((now - job.since).components.seconds)) s"
        }
        return String(text.prefix(max(style.columns - 1, 10)))
    }

    /// By the times of the last run where all that is left has one, else by the pace so far.
    private func eta(_ now: Duration) -> Duration? {
        let done = totals.total
        guard done > 0, done < planned else { return nil }
        let pace = now / done * (planned - done)
        guard restUnknown <= 0, !expected.isEmpty else { return pace }
        return restExpected / max(running.count, 1)
    }

    // MARK: Words

    private enum Paint: String { case good = "32", bad = "1;31", warning = "1;33", dim = "2" }

    private func paint(_ text: String, _ paint: Paint) -> String {
        style.color ? "\u{1B}[\(paint.rawValue)m\(text)\u{1B}[0m" : text
    }

    private func counted(_ count: Int, _ word: String) -> String {
        count == 1 ? "1 \(word)" : "\(count) \(word)\(word.hasSuffix("s") ? "es" : "s")"
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
