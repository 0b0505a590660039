import Glibc
import IsorunModel
import IsorunProgress
import IsorunSystem

/// Everything that hears events in one order: the journal, the reports, the screen, the totals.
struct Hearing {
    private(set) var terminal: SuiteTerminal
    private let journal: LineFile?
    private let names: Set<String>
    private let retries: Int
    private let ownRetries: [String: Int]
    private let begin: UInt64
    private var screen = Screen()
    private var notes: Set<String> = []
    private var ends: [String: SuiteTotals] = [:]
    private(set) var times: [String: Duration] = [:]

    init(
        terminal: SuiteTerminal,
        journal: LineFile?,
        plan: SuitePlan,
        retries: Int,
        ownRetries: [String: Int],
        begin: UInt64
    ) {
        self.terminal = terminal
        self.journal = journal
        names = Set(plan.names)
        self.retries = retries
        self.ownRetries = ownRetries
        self.begin = begin
    }

    private var now: Duration { .nanoseconds(Int64(Clock.now - begin)) }

    /// The totals by each job's last attempt.
    var totals: SuiteTotals {
        var totals = SuiteTotals()
        for one in ends.values {
            totals.passed += one.passed
            totals.failed += one.failed
            totals.skipped += one.skipped
            totals.notRun += one.notRun
            totals.flaky += one.flaky
            totals.leaky += one.leaky
        }
        totals.duration = now
        return totals
    }

    mutating func hear(_ event: SuiteEvent, _ consumers: Consumers, journal writes: Bool = true) {
        // What holds for every container is said once.
        if case .job(.note(let text)) = event, !notes.insert(text).inserted { return }
        let line = SuiteEventDocument.line(event)
        if writes { write(line) }
        consumers.hear(event, line: line)
        note(event)
        screen.write(terminal.hear(event, isLast: isLast(event), at: now))
        screen.draw(terminal.progressLine(at: now, columns: screen.columns))
        if case .finished = event { screen.clear() }
    }

    // No report that was asked for, so the run's exit code stays what it is; but what comes of it later is said now.
    private mutating func write(_ line: String) {
        guard let journal, journal.failure == nil else { return }
        journal.write(line)
        guard let failure = journal.failure else { return }
        let text = "note: the journal ends here, so --failed and --resume know nothing of what follows: \(failure)"
        screen.write("isorun: \(text)\n")
    }

    /// What an earlier run has finished goes into the reports and the totals, and is not shown again before the end.
    mutating func replay(_ event: SuiteEvent, _ consumers: Consumers) {
        consumers.hear(event, line: SuiteEventDocument.line(event))
        note(event)
        terminal.replay(event, isLast: isLast(event))
    }

    /// An item that does not run has results that say so, under the names that they would have had.
    mutating func leaveOut(_ unit: WorkUnit, _ reason: String, _ consumers: Consumers) {
        for (index, name) in unit.names.enumerated() where ends[name] == nil {
            let host = HostSummary(kernel: "", cgroup: "none", rootless: getuid() != 0)
            var result = JobResult(
                name: name,
                command: [],
                outcome: .cancelled,
                reason: "not run: \(reason)",
                startedAtUs: Clock.wallMicroseconds,
                duration: .zero,
                host: host
            )
            result.testcase = unit.testcase(index)
            hear(.job(.jobFinished(result, stdout: .init(), stderr: .init())), consumers)
        }
    }

    mutating func tick() {
        screen.write(terminal.slow(at: now))
        screen.draw(terminal.progressLine(at: now, columns: screen.columns))
    }

    private mutating func note(_ event: SuiteEvent) {
        guard case .job(.jobFinished(let result, _, _)) = event else { return }
        // An attempt that was cancelled hides no failure of the one before it (`JobResult.counted`).
        if result.outcome != .cancelled || ends[result.name].map({ $0.failed == 0 }) ?? true {
            var one = SuiteTotals()
            one.count(result)
            ends[result.name] = one
        }
        if result.startup != nil { times[RoundName(of: result.name, in: names).base] = result.duration }
    }

    private func isLast(_ event: SuiteEvent) -> Bool {
        guard case .job(.jobFinished(let result, _, _)) = event else { return true }
        return result.outcome == .passed || result.outcome == .cancelled
            || result.attempt > ownRetries[RoundName(of: result.name, in: names).base] ?? retries
    }
}
