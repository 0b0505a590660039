import IsorunModel
import IsorunReporting
import Testing

@Suite struct `The summary` {
    @Test func `is the same for every outcome as before`() throws {
        try expectSnapshot(Examples.all.map { Summary.text($0, color: false) }.joined(separator: "\n"), "summary.txt")
        let colored = Examples.all.map { Summary.text($0, color: true) }.joined(separator: "\n")
        try expectSnapshot(colored.replacing("\u{1B}", with: "\\e"), "summary-color.txt")
    }

    @Test(arguments: Examples.all)
    func `without colour holds no control character`(result: JobResult) {
        var hostile = result
        hostile.name = "n\u{1B}[2Jame\u{9B}1m\u{7}\u{202E}"
        hostile.reason = "reason\r\u{1B}]0;x\u{7}"
        hostile.leaked = ["\u{1B}c", "a\nb"]
        hostile.events.leakedProcesses = 20
        hostile.collected = [CollectedFile(path: "\u{1B}[A", destination: nil, refused: "\u{90}")]
        for text in [Summary.text(hostile, color: false), ReportingError(.system, "cannot", "\u{1B}\n").description] {
            let control = text.unicodeScalars.filter { $0 != "\n" && ($0.value < 0x20 || 0x7F..<0xA0 ~= $0.value) }
            #expect(control.isEmpty)
            #expect(!text.contains("\u{202E}"))
        }
    }

    @Test func `of a pass is two lines at most`() {
        #expect(Summary.text(Examples.passed, color: false).split(separator: "\n").count == 2)
    }

    @Test func `says unknown where a limit bounds what the host cannot measure`() {
        var result = Examples.passed
        result.resources.memoryPeakBytes = nil
        #expect(Summary.text(result, color: false).contains("memory unknown of 256.0 MiB"))
    }

    @Test func `tells a flaky pass and the limits that were hit`() {
        var result = Examples.passed
        result.flaky = true
        result.attempt = 3
        result.limitsHit = [.pids, .disk]
        result.events.pidsLimitHits = 1
        let text = Summary.text(result, color: false)
        #expect(text.contains("flaky: passed at attempt 3"))
        #expect(text.contains("limits hit: pids (once), disk"))
    }

    @Test func `tells of a pass how many processes the kernel killed for memory, and not how often it was short`() {
        var result = Examples.passed
        result.limitsHit = [.memory]
        result.events.memoryLimitHits = 37
        result.events.oomKills = 1
        #expect(Summary.text(result, color: false).contains("limits hit: memory (1 process was killed)"))
        result.events.oomKills = 2
        #expect(Summary.text(result, color: false).contains("limits hit: memory (2 processes were killed)"))
    }

    @Test(
        arguments: [
            (true, nil, "xterm", true), (false, nil, "xterm", false), (true, "1", "xterm", false),
            (true, "", "xterm", true),
            (true, nil, "dumb", false), (true, nil, nil, true),
        ] as [(Bool, String?, String?, Bool)]
    )
    func `is coloured on a terminal whose user does not object`(
        terminal: Bool,
        no: String?,
        term: String?,
        wanted: Bool
    ) {
        #expect(TerminalColor.isWanted(isTerminal: terminal, noColor: no, term: term) == wanted)
    }
}
