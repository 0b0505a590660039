import IsorunModel
import IsorunReporting
import Testing

@testable import IsorunProgress

@Suite struct `The terminal of a suite` {
    private func result(_ name: String, _ outcome: Outcome = .passed, _ reason: String = "exit 1") -> JobResult {
        plainResult(name, outcome, reason, taking: .milliseconds(5))
    }

    private func hear(_ style: SuiteTerminal.Style, _ result: JobResult, _ output: String = "") -> String {
        var terminal = SuiteTerminal(style: style)
        _ = terminal.hear(.planned(SuitePlan(names: [result.name])), isLast: true, at: .zero)
        let stdout = CapturedOutput(head: Array(output.utf8), tail: [], omitted: 0)
        let event = RunEvent.jobFinished(result, stdout: stdout, stderr: CapturedOutput())
        return terminal.hear(.job(event), isLast: true, at: .seconds(1))
    }

    @Test func `tells a failure at once, with its reason, its output and what runs it again`() {
        var style = SuiteTerminal.Style()
        style.again = "isorun test ."
        let text = hear(style, result("a/it's b", .failed), "one\n\ttwo\n")
        #expect(
            text == """
                FAIL         5.0 ms  a/it's b
                    exit 1
                    --- stdout
                    one
                        two
                    again: isorun test . 'a/it'\\''s b'

                """
        )
    }

    @Test func `says loudly, and when quiet, which limits were not enforced`() {
        var style = SuiteTerminal.Style()
        (style.quiet, style.noun) = (true, "test")
        var terminal = SuiteTerminal(style: style)
        _ = terminal.hear(.planned(SuitePlan(names: ["a", "b"])), isLast: true, at: .zero)
        for name in ["a", "b"] {
            var result = result(name)
            result.unenforced = name == "a" ? [.memory, .pids] : [.memory]
            let end = RunEvent.jobFinished(result, stdout: CapturedOutput(), stderr: CapturedOutput())
            _ = terminal.hear(.job(end), isLast: true, at: .zero)
        }
        let text = terminal.hear(.finished(terminal.counts), isLast: true, at: .zero)
        #expect(text.hasPrefix("NOT ENFORCED on this host: memory (2 tests), pids (1 test)\n2 tests in "))
    }

    @Test func `shows of a long reason what it is about and how it ended`() {
        let lines = (1...20).map { "line \($0)" }.joined(separator: "\n")
        let text = hear(SuiteTerminal.Style(), result("a", .failed, lines))
        #expect(text.contains("line 1\n    line 2\n    …\n    line 15\n") && text.contains("line 20\n"))
        var terminal = SuiteTerminal(style: .init())
        let note = terminal.hear(.job(.note("one\ntwo \u{1B}[31m")), isLast: true, at: .zero)
        #expect(note == "  note: one\n        two \\x1b[31m\n")
    }

    @Test func `shows all that was kept where all is asked for`() {
        var style = SuiteTerminal.Style()
        style.output = .all
        let output = String(repeating: "0123456789\n", count: 5000)
        #expect(hear(style, result("a"), output).ranges(of: "0123456789").count == 5000)
    }

    @Test(
        arguments: [
            ("a/b[1]", "a/b[1]"), ("x*y", #"/^x\*y$/"#), ("[a]?", #"/^\[a\]\?$/"#), (#"\*"#, #"/^\\\*$/"#),
            ("/x/", "/^/x/$/"), ("/a.b*/", #"/^/a\.b\*/$/"#),
        ]
    )
    func `runs no other test again, though its name could be a pattern`(_ name: String, _ word: String) {
        #expect(SuiteTerminal.literal(name) == word)
    }

    @Test func `runs a test again by its name in the plan, even where that looks like an option`() {
        var style = SuiteTerminal.Style()
        style.again = "isorun test ."
        var terminal = SuiteTerminal(style: style)
        _ = terminal.hear(.planned(SuitePlan(names: ["-x"])), isLast: true, at: .zero)
        let event = RunEvent.jobFinished(result("-x #2", .failed), stdout: CapturedOutput(), stderr: CapturedOutput())
        #expect(terminal.hear(.job(event), isLast: true, at: .zero).contains("again: isorun test . -- -x\n"))
    }

    /// All that is said of results after which the run ends.
    private func said(
        _ style: SuiteTerminal.Style,
        _ results: [(result: JobResult, isLast: Bool)],
        replayed: [JobResult] = []
    ) -> [String] {
        var terminal = SuiteTerminal(style: style)
        var text = terminal.hear(.planned(SuitePlan(names: ["a", "b", "c"])), isLast: true, at: .zero)
        func event(_ result: JobResult) -> SuiteEvent {
            let stdout = CapturedOutput(head: Array("out\n".utf8), tail: [], omitted: 0)
            return .job(.jobFinished(result, stdout: stdout, stderr: CapturedOutput()))
        }
        for result in replayed { terminal.replay(event(result), isLast: true) }
        for (result, isLast) in results { text += terminal.hear(event(result), isLast: isLast, at: .zero) }
        var totals = terminal.counts
        totals.duration = .seconds(1)
        text += terminal.hear(.finished(totals), isLast: true, at: .zero)
        return text.split(separator: "\n").map(String.init)
    }

    @Test func `shows a failure whose other attempt never came as one, at the end`() {
        var style = SuiteTerminal.Style()
        (style.again, style.github) = ("isorun suite", true)
        let ended = said(style, [(result("a", .failed), false)])
        #expect(ended.contains { $0.hasPrefix("RETRY") } && ended.contains { $0.hasPrefix("FAIL") })
        #expect(ended.contains { $0.hasSuffix("again: isorun suite a") } && ended.contains { $0.hasPrefix("::error") })
        let passed = said(style, [(result("a", .failed), false), (result("a"), true)])
        #expect(!passed.contains { $0.hasPrefix("FAIL") || $0.hasPrefix("::error") })
        style.output = .final
        #expect(said(style, [(result("a", .failed), false)]).contains("    out"))
    }

    @Test func `shows a failure as one that was being tried again when the run was interrupted`() {
        var style = SuiteTerminal.Style()
        style.again = "isorun suite"
        var ended = result("a", .cancelled, "the run was interrupted")
        ended.attempt = 2
        ended.startup = nil
        let lines = said(style, [(result("a", .failed), false), (ended, true)])
        #expect(lines.count { $0.hasPrefix("FAIL") } == 1 && lines.contains { $0.hasSuffix("again: isorun suite a") })
        #expect(lines.last?.hasSuffix(": 0 passed, 1 failed") == true, "\(lines)")
        #expect(!lines.contains { $0.hasPrefix("the run was interrupted") })
    }

    @Test func `names at the end what had failed before it was resumed`() {
        var style = SuiteTerminal.Style()
        style.progress = true
        let lines = said(style, [(result("b"), true)], replayed: [result("a", .failed)])
        #expect(lines.count { $0.hasPrefix("PASS") } == 1)
        #expect(lines.contains("failed:") && lines.count { $0.contains("FAIL") && $0.hasSuffix("  a") } == 1)
        #expect(lines.last?.hasPrefix("2 jobs in 1.00 s: 1 passed, 1 failed") == true, "\(lines)")
    }

    @Test func `says whose the warnings are, and what could not be kept`() {
        var style = SuiteTerminal.Style()
        style.quiet = true
        var leaky = result("a")
        leaky.events.leakedProcesses = 1
        var lossy = result("b")
        lossy.collected = [CollectedFile(path: "out", destination: nil, refused: "it is not there")]
        let lines = said(style, [(leaky, true), (lossy, true), (result("c"), true)])
        #expect(lines.prefix(4).map { $0.split(separator: " ").first } == ["LEAK", "left", "PASS", "not"])
        #expect(lines[3] == "    not collected: out: it is not there" && lines.count == 5, "\(lines)")
    }

    @Test func `has a line of progress that is no wider than the terminal, whatever names are in it`() throws {
        var style = SuiteTerminal.Style()
        style.progress = true
        var terminal = SuiteTerminal(style: style)
        _ = terminal.hear(.planned(SuitePlan(names: ["a"])), isLast: true, at: .zero)
        let name = String(repeating: "日本", count: 20)
        _ = terminal.hear(.job(.jobStarting(name: name, attempt: 1, atUs: 0)), isLast: true, at: .zero)
        let line = try #require(terminal.progressLine(at: .zero, columns: 40))
        let wide = line.count { "日本".contains($0) }
        #expect(wide > 5 && 38...39 ~= line.count + wide)
        for columns in 2...12 { #expect(terminal.progressLine(at: .zero, columns: columns)?.count == columns - 1) }
    }

    @Test func `shows the beginning and the end of a flood`() {
        let text = hear(SuiteTerminal.Style(), result("a", .failed), String(repeating: "y\n", count: 5000))
        #expect(text.contains("    … 4600 lines more: --output all shows them\n"))
        #expect(text.split(separator: "\n").count { $0 == "    y" } == 400)
    }

    @Test func `gives a terminal no command that a job wrote, whatever its name, reason or output`() {
        var style = SuiteTerminal.Style()
        style.again = "isorun test ."
        let text = hear(style, result("a\u{1B}]0;x\u{7}\u{202E}", .failed, "b\u{1B}[2J"), "c\u{1B}[8m\rd")
        #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || $0.value >= 0x20 && $0.value != 0x202E })
    }

    @Test(
        arguments: [
            "::error::x", "   ::add-mask::x", "\t::stop-commands::x", "x ##[error]y", "\u{A0}::error::x",
            "\u{3000}::error::x", "::\u{301}error::x", "##[\u{301}error]y",
        ]
    )
    func `gives GitHub no command of a job's`(_ line: String) {
        var style = SuiteTerminal.Style()
        (style.github, style.again) = (true, "isorun suite")
        var failed = result("a" + line, .failed, line)
        failed.leaked = [line]
        failed.collected = [CollectedFile(path: line, destination: nil, refused: line)]
        var terminal = SuiteTerminal(style: style)
        _ = terminal.hear(.planned(SuitePlan(names: [failed.name])), isLast: true, at: .zero)
        _ = terminal.hear(.job(.jobStarting(name: failed.name, attempt: 1, atUs: 0)), isLast: true, at: .zero)
        var text = terminal.slow(at: .seconds(90)) + hear(style, failed, line)
        text += terminal.hear(.job(.note("\(line)\n\(line)")), isLast: true, at: .zero)
        let own = text.split(separator: "\n").filter { $0.hasPrefix("::error ") }
        let theirs = text.split(separator: "\n").filter { !$0.hasPrefix("::error ") }
        #expect(own.count <= 1)
        #expect(theirs.count >= 3)
        for line in theirs {
            let begin = line.unicodeScalars.drop { $0.properties.isWhitespace }
            #expect(!begin.starts(with: "::".unicodeScalars) && !line.utf8.contains("##[".utf8), "\(line)")
        }
    }

    @Test func `leaves GitHub's own text as it is, and each line where it was`() {
        let text = "\n  a: b # c\n\n::x\n##[y]\n"
        #expect(GitHubLog.withoutCommands(text) == "\n  a: b # c\n\n\\x3a:x\n\\x23#[y]\n")
        #expect(GitHubLog.withoutCommands("") == "" && GitHubLog.withoutCommands("::") == "\\x3a:")
    }

    @Test func `tells the seed of a shuffled order once, quiet or not`() {
        for isQuiet in [false, true] {
            var style = SuiteTerminal.Style()
            style.quiet = isQuiet
            var plan = SuitePlan(names: ["a"])
            plan.seed = 42
            var terminal = SuiteTerminal(style: style)
            let text =
                terminal.hear(.planned(plan), isLast: true, at: .zero)
                + terminal.hear(.finished(SuiteTotals()), isLast: true, at: .zero)
            #expect(text.ranges(of: "--shuffle 42 makes the same order").count == 1)
        }
    }

    @Test(arguments: [
        ("a/b-c_d", "a/b-c_d"), ("", "''"), ("a b", "'a b'"), ("it's", #"'it'\''s'"#), ("$(x)", "'$(x)'"),
        ("a\nb", #"$'a\nb'"#), ("\\\u{1B}'", #"$'\\\x1b\''"#), ("🐟", "'🐟'"),
    ]
    )
    func `quotes a word as a shell takes it`(_ text: String, _ quoted: String) {
        #expect(ShellWord.quoted(text) == quoted)
    }

    @Test func `names what was not run by its reason, and a few where they are many`() {
        var terminal = SuiteTerminal(style: SuiteTerminal.Style())
        _ = terminal.hear(.planned(SuitePlan(names: (0..<9).map { "t\($0)" })), isLast: true, at: .zero)
        for index in 0..<9 {
            let reason = index == 0 ? "not run: it needs a, which did not pass" : "not run: the run was interrupted"
            let event = RunEvent.jobFinished(result("t\(index)", .cancelled, reason), stdout: .init(), stderr: .init())
            #expect(terminal.hear(.job(event), isLast: true, at: .zero).isEmpty)
        }
        let end = terminal.hear(.finished(terminal.counts), isLast: true, at: .zero)
        #expect(end.contains("not run: it needs a, which did not pass: t0\n"))
        #expect(end.contains("not run: the run was interrupted: t1, t2, t3, t4, t5, t6 and 2 more\n"))
    }

    @Test func `counts down what runs already, and waits for the longest`() {
        var style = SuiteTerminal.Style()
        style.progress = true
        let times: [String: Duration] = ["a": .seconds(1), "b": .seconds(60), "c": .seconds(60)]
        var terminal = SuiteTerminal(style: style, expected: times)
        _ = terminal.hear(.planned(SuitePlan(names: ["a", "b", "c"])), isLast: true, at: .zero)
        for name in ["a", "b"] {
            _ = terminal.hear(.job(.jobStarting(name: name, attempt: 1, atUs: 0)), isLast: true, at: .zero)
        }
        _ = terminal.hear(
            .job(.jobFinished(result("a"), stdout: .init(), stderr: .init())),
            isLast: true,
            at: .seconds(1)
        )
        _ = terminal.hear(.job(.jobStarting(name: "c", attempt: 1, atUs: 0)), isLast: true, at: .seconds(1))
        #expect(terminal.progressLine(at: .seconds(31), columns: 80)?.contains("· 30.00 s left") == true)
        #expect(terminal.progressLine(at: .seconds(51), columns: 80)?.contains("· 10.00 s left") == true)
    }

    @Test func `goes by the pace where each runs several times, and promises nothing where it runs without end`() throws
    {
        var style = SuiteTerminal.Style()
        style.progress = true
        var plan = SuitePlan(names: ["a"])
        for (rounds, shown) in [(4, "1/4 · 1.00 s · 3.00 s left"), (nil, "1 · 1.00 s")] as [(Int?, String)] {
            plan.rounds = rounds
            var terminal = SuiteTerminal(style: style, expected: ["a": .seconds(9)])
            _ = terminal.hear(.planned(plan), isLast: true, at: .zero)
            let end = SuiteEvent.job(.jobFinished(result("a"), stdout: .init(), stderr: .init()))
            _ = terminal.hear(end, isLast: true, at: .seconds(1))
            #expect(terminal.progressLine(at: .seconds(1), columns: 80) == shown)
        }
    }

    @Test func `offers no command for a name that nobody would copy`() {
        var style = SuiteTerminal.Style()
        style.again = "isorun test ."
        #expect(hear(style, result(String(repeating: "y", count: 1 << 20), .failed)).utf8.count < 1000)
    }
}
