import IsorunModel
import IsorunProgress
import IsorunReporting
import Testing

@Suite struct `The terminal of a suite` {
    private func result(_ name: String, _ outcome: Outcome = .passed, _ reason: String = "exit 1") -> JobResult {
        JobResult(
            name: name,
            command: ["x"],
            outcome: outcome,
            reason: reason,
            startedAtUs: 0,
            duration: .milliseconds(5),
            host: HostSummary(kernel: "k", cgroup: "v2", rootless: false)
        )
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

    @Test func `gives a terminal no command that a job wrote, whatever its name, reason or output`() {
        var style = SuiteTerminal.Style()
        style.again = "isorun test ."
        let text = hear(style, result("a\u{1B}]0;x\u{7}\u{202E}", .failed, "b\u{1B}[2J"), "c\u{1B}[8m\rd")
        #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || $0.value >= 0x20 && $0.value != 0x202E })
    }

    @Test(arguments: ["::error::x", "   ::add-mask::x", "\t::stop-commands::x", "x ##[error]y"]
    )
    func `gives GitHub no command of a job's`(_ line: String) {
        var style = SuiteTerminal.Style()
        style.github = true
        let text = hear(style, result("a", .failed, line), line)
        let own = text.split(separator: "\n").filter { $0.hasPrefix("::error ") }
        let theirs = text.split(separator: "\n").filter { !$0.hasPrefix("::error ") }
        #expect(own.count <= 1)
        #expect(theirs.count >= 3)
        for line in theirs {
            #expect(!line.drop { $0 == " " || $0 == "\t" }.hasPrefix("::") && !line.contains("##["))
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
}
