import CIsorunBench
import Glibc
import Testing

@testable import IsorunBench

/// Runtimes that are shell scripts, run for real.
@Suite struct `A runtime` {
    private let scratch: Scratch
    private let runner: Runner

    init() throws {
        scratch = try Scratch()
        try scratch.write("standin", StandIn.program, mode: 0o755)
        runner = Runner(environment: ["PATH=/usr/bin:/bin"], directory: scratch.path)
    }

    private func row(
        of script: String,
        runs: Int = 4,
        limit: Duration = .seconds(20),
        ownClock: Bool = false
    ) -> BenchRow {
        let command = ["/bin/sh", "-c", script]
        return row(of: Subject(id: "fake", name: "fake", command: command, limits: "", ownClock: ownClock), runs, limit)
    }

    private func row(of subject: Subject, _ runs: Int, _ limit: Duration) -> BenchRow {
        var series = StartSeries(subject, wanted: runs, limit: limit)
        series.warm(runner.run(subject.command, within: limit))
        while !series.isDone { series.note(runner.run(subject.command, within: limit)) }
        return series.row
    }

    private func reason(_ row: BenchRow) throws -> String {
        #expect(row.measures.isEmpty)
        return try #require(row.failure).reason
    }

    @Test func `that works has every run, and its first instruction before its end`() throws {
        let row = row(of: "exec ./standin", runs: 5)
        #expect(row.failure == nil)
        #expect(row.measures.map(\.samples.count) == [5, 5])
        for (first, whole) in zip(row.measures[0].samples, row.measures[1].samples) {
            #expect(0 < first && first < whole)
        }
    }

    @Test func `that fails is told with its exit code and last words`() throws {
        #expect(try reason(row(of: "echo no such cgroup >&2; exit 3")) == "exit code 3: no such cgroup")
    }

    @Test func `whose error takes three lines is told with all of them`() throws {
        let script = "printf 'log\\nisorun: cannot mount\\n  no idmaps here\\n\\n  use ext4\\n' >&2; exit 125"
        #expect(try reason(row(of: script)) == "exit code 125: isorun: cannot mount; no idmaps here; use ext4")
    }

    @Test func `that is ended by a signal is told with its number`() throws {
        #expect(try reason(row(of: "kill -SEGV $$")) == "ended by signal 11")
    }

    @Test func `that is missing is told as such`() throws {
        let subject = Subject(id: "fake", name: "fake", command: ["/nowhere/runtime"], limits: "")
        #expect(
            try reason(row(of: subject, 3, .seconds(20))).contains("could not be started: No such file or directory")
        )
    }

    @Test func `that hangs is ended in time, even where it takes no hint`() throws {
        let begin = ContinuousClock.now
        let text = try reason(row(of: "trap '' TERM; while :; do sleep 1000; done", limit: .milliseconds(100)))
        #expect(text.hasPrefix("it hung: no end within 100.0 ms"))
        #expect(ContinuousClock.now - begin < .seconds(15))
    }

    @Test func `that prints garbage is told with what it printed`() throws {
        let text = try reason(row(of: #"printf 'isorun-clock zzzz\n\033[31m\n'"#))
        #expect(text.hasPrefix("no word of the stand-in: it printed something else: isorun-clock zzzz"))
        var report = BenchReport(kind: "startup", startedAt: "", host: [])
        report.rows = [row(of: #"printf '\033[31m<script>'"#)]
        #expect(!TerminalTable.text(report).contains("\u{1B}"))
        #expect(!HTMLPage.text(report).contains("<script>"))
    }

    @Test func `that prints nothing is told as such`() throws {
        #expect(try reason(row(of: ":")) == "no word of the stand-in: it printed nothing")
    }

    @Test func `whose clock stands still is told as such`() throws {
        // The instant is one of the first run, so only that it never changes gives it away.
        let script = "test -e said || ./standin > said; cat said"
        let row = row(of: script, runs: 20)
        #expect(try #require(row.failure).reason.contains("its clock stands still"))
        #expect(row.measures.allSatisfy { $0.samples.isEmpty })
    }

    @Test(arguments: [("0000000000000001", "before the start"), ("7000000000000000", "after the end")])
    func `whose clock is another is told as such`(digits: String, word: String) throws {
        #expect(try reason(row(of: "echo isorun-clock \(digits)")).contains("its clock"))
        let subject = Subject(id: "fake", name: "fake", command: ["sh"], limits: "")
        var series = StartSeries(subject, wanted: 3, limit: .seconds(1))
        series.note(runner.run(["/bin/sh", "-c", "echo isorun-clock \(digits)"], within: .seconds(20)))
        #expect(series.problems.first?.contains(word) == true)
    }

    @Test func `that fails now and then keeps its figures, and says how many runs are left out`() throws {
        let script = """
            if [ -e two ]; then exec ./standin; elif [ -e one ]; then : >two; exit 9; else : >one; exec ./standin; fi
            """
        let row = row(of: script, runs: 8)
        #expect(row.measures.map(\.samples.count) == [8, 8])
        // On a host that runs out of processes meanwhile there may be more of them.
        #expect(try #require(row.failure).reason.hasSuffix("left out: exit code 9"))
    }

    @Test func `with a clock of its own is timed by when its word came`() throws {
        let script = "echo >> told; echo kernel; printf 'isorun-clock %016x\\n' $(stat -c %s told)"
        let row = row(of: script, ownClock: true)
        #expect(row.failure == nil)
        #expect(row.phases.map(\.name) == ["VMM start", "kernel", "init and end"])
        #expect(row.phases.allSatisfy { $0.milliseconds >= 0 })
    }

    @Test func `with a clock of its own that stands at nothing is told as such`() throws {
        let text = try reason(row(of: "echo kernel; echo isorun-clock 0000000000000000", ownClock: true))
        #expect(text.contains("stands still"))
    }

    @Test(arguments: [("0000000000000001", "stands still"), ("0000001234567890", "is wrong")])
    func `with a clock of its own that never moves is told as such`(digits: String, word: String) throws {
        let row = row(of: "echo kernel; echo isorun-clock \(digits)", ownClock: true)
        #expect(try #require(row.failure).reason.contains("its clock \(word)"))
        #expect(row.measures.allSatisfy { $0.samples.isEmpty })
    }

    @Test func `that is slow in its first run only has as many runs as the fast ones`() throws {
        var series = StartSeries(
            Subject(id: "f", name: "f", command: ["sh"], limits: ""),
            wanted: 100,
            limit: .seconds(9)
        )
        for milliseconds: Int64 in [200, 1] { series.warm(said(at: milliseconds)) }
        series.settle(slowFrom: .milliseconds(150), slowRuns: 20)
        #expect(series.wanted == 100 && series.row.note == nil)
    }

    @Test func `that is slow each time has fewer runs, and says so`() throws {
        var series = StartSeries(
            Subject(id: "f", name: "f", command: ["sh"], limits: ""),
            wanted: 100,
            limit: .seconds(9)
        )
        for milliseconds: Int64 in [200, 201] { series.warm(said(at: milliseconds)) }
        #expect(series.isWarm(slowFrom: .milliseconds(150)))
        series.settle(slowFrom: .milliseconds(150), slowRuns: 20)
        #expect(series.wanted == 20 && series.row.note == "20 runs, as each takes longer than 150.0 ms")
    }

    /// A run of that length whose first instruction came just before its end.
    private func said(at milliseconds: Int64) -> ProgramRun {
        let end = milliseconds * 1_000_000
        let digits = String(end - 1, radix: 16)
        let line = StandIn.mark + String(repeating: "0", count: 16 - digits.count) + digits + "\n"
        return ProgramRun(ending: .exited(0), begin: 0, mark: end, end: end, output: line, errors: "")
    }

    @Test func `is ended when somebody presses Ctrl-C, and the run counts as none`() throws {
        var pipes: [Int32] = [0, 0]
        try #require(unsafe pipe(&pipes) == 0)
        defer { close(pipes[0]) }
        close(pipes[1])
        let runner = Runner(environment: ["PATH=/usr/bin:/bin"], directory: scratch.path, interrupt: pipes[0])
        let run = runner.run(["sleep", "1000"], within: .seconds(60))
        #expect(run.ending == .interrupted && runner.isInterrupted)
        var series = StartSeries(
            Subject(id: "fake", name: "fake", command: [], limits: ""),
            wanted: 3,
            limit: .seconds(60)
        )
        series.note(run)
        #expect(series.row.failure == nil && series.row.measures.isEmpty)
    }

    @Test func `that stays is started, seen, and ended`() throws {
        let (idle, run) = runner.start([scratch.path("standin"), "wait"], within: .seconds(20))
        let alive = try #require(idle)
        #expect(run.clock != nil)
        #expect(kill(alive.pid, 0) == 0)
        runner.stop(alive)
        #expect(kill(alive.pid, 0) == -1)
    }

    /// A test runner that runs this in its own process waits for children of its own, for ever where they are taken.
    @Test func `that is ended leaves the other children of this process to whoever waits for them`() throws {
        var other: pid_t = 0
        var arguments = unsafe [strdup("true"), nil]
        defer { unsafe arguments.forEach { unsafe free($0) } }
        #expect(unsafe posix_spawn(&other, "/bin/true", nil, nil, &arguments, nil) == 0)
        var ended = unsafe siginfo_t()
        #expect(unsafe waitid(P_PID, id_t(other), &ended, WEXITED | WNOWAIT) == 0)
        runner.stop(try #require(runner.start([scratch.path("standin"), "wait"], within: .seconds(20)).idle))
        var status: Int32 = 0
        #expect(unsafe waitpid(other, &status, 0) == other)
    }

    @Test func `that fails in a batch ends the batch`() {
        let batch = runner.batch([["true"], ["sh", "-c", "exit 4"], ["true"]], width: 2, within: .seconds(20))
        #expect(batch.run.ending == .exited(4))
    }

    @Test func `that hangs in a batch is ended with it, and told as one to clean up after`() {
        let batch = runner.batch(
            [["true"], ["sleep", "1000"], ["sleep", "1000"]],
            width: 2,
            within: .milliseconds(500)
        )
        #expect(batch.run.ending == .timedOut)
        #expect(batch.cut == [1, 2])
    }

    @Test func `in a batch is believed by as many words as it says`() {
        let standin = [scratch.path("standin")]
        #expect(runner.batch(Array(repeating: standin, count: 200), width: 8, within: .seconds(60)).words == 200)
        #expect(runner.batch([standin, ["true"], standin], width: 2, within: .seconds(20)).words == 2)
        let still = ["sh", "-c", "test -e said || ./standin > said; cat said"]
        #expect(runner.batch(Array(repeating: still, count: 5), width: 1, within: .seconds(20)).words == 1)
    }

    @Test func `that writes without end in a batch fails`() {
        let batch = runner.batch([["sh", "-c", "cat /dev/zero"]], width: 1, within: .seconds(60))
        #expect(batch.run.ending == .exited(1))
    }

    @Test func `that hangs is ended with what it started in another session`() throws {
        let script = "setsid sh -c 'echo $$ > other; exec sleep 1000' & while ! test -s other; do :; done; echo; wait"
        let (other, _) = patiently { limit in
            #expect(runner.run(["sh", "-c", script], within: limit).ending == .timedOut)
            return HostView.text(scratch.path("other")).flatMap(pid_t.init) ?? 0
        } until: {
            $0 > 0
        }
        // Whoever adopted it reaps it in its own time.
        let state = HostView.value("/proc/\(other)/status", "State") ?? "gone"
        #expect(kill(other, 0) == -1 || state.hasPrefix("Z") || state == "gone")
    }
}
