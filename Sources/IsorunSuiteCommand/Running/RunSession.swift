import Glibc
import IsorunModel
import IsorunProgress
import IsorunReporting
import IsorunRunner
import IsorunSandbox
import IsorunSystem
import SystemPackage

/// A run from its plan to its exit code: the runner's notices become events, and everything else hears those.
struct RunSession {
    var units: [WorkUnit]
    var items: [RunItem]
    var options: RunnerOptions
    /// What runs one job again, as a person would type it; the name comes behind it.
    var again: String
    /// The suite or package, by which its state is kept.
    var state: StateDirectory?
    var scratch: FilePath

    /// Runs it all: the exit code.
    func run() -> Int32 {
        let policy = options.policy
        let names = units.flatMap(\.names)
        var plan = SuitePlan(names: names)
        plan.seed = policy.seed
        var selected = Array(items.indices)
        if let text = options.partition, let partition = RunnerOptions.partition(text) {
            plan.partition = partition.description
            guard let items = timed() else { return 64 }
            selected = partition.indices(of: items)
        }
        let (units, items) = select(selected)
        let chosen = Set(units.flatMap(\.names))
        plan.mine = names.indices.filter { chosen.contains(names[$0]) }
        var earlier = Earlier()
        if options.resume {
            guard let found = resume(plan, units, items) else { return 64 }
            earlier = found
            plan.resumed = earlier.ends.count
        }
        do throws(ReportingError) {
            let paths = ReportPaths(
                junit: options.junit,
                junitDialect: options.junitDialect,
                json: options.json,
                events: options.events
            )
            try paths.check()
            let consumers = try Consumers(paths)
            return run(units, items, policy, plan, earlier, consumers)
        } catch {
            Say.error("\(error)")
            return error.kind == .usage ? 64 : 125
        }
    }

    // The times that this host remembers change with every run and differ between hosts: parts that were made by them
    // would overlap, and leave tests out. Only a file that all parts are given makes the same parts everywhere.
    private func timed() -> [RunItem]? {
        var times: [String: Duration] = [:]
        if let path = options.times {
            guard let bytes = try? SmallFile.read(FilePath(path), limit: 1 << 30) else {
                Say.error("--times: cannot read \(path)")
                return nil
            }
            for case .job(.jobFinished(let result, _, _)) in StateDirectory.events(in: bytes) {
                times[result.name] = result.duration
            }
            if times.isEmpty { Say.error("note: --times: \(path) has no results; slices are made by number") }
        }
        return zip(items, units).map { item, unit in
            var item = item
            let known = unit.names.compactMap { times[$0] }
            item.expected = known.isEmpty ? nil : known.reduce(.zero, +)
            return item
        }
    }

    // Needs are by index, and a partition has only some: what it lacks is another machine's, and counts as done.
    private func select(_ indices: [Int]) -> ([WorkUnit], [RunItem]) {
        var places: [Int: Int] = [:]
        for (place, index) in indices.enumerated() { places[index] = place }
        let chosen = indices.map { index in
            var item = items[index]
            item.needs = item.needs.compactMap { places[$0] }
            return item
        }
        return (indices.map { units[$0] }, chosen)
    }

    /// What an earlier run of this plan has finished.
    private struct Earlier {
        var events: [SuiteEvent] = []
        var ends: [String: JobResult] = [:]
    }

    private func resume(_ plan: SuitePlan, _ units: [WorkUnit], _ items: [RunItem]) -> Earlier? {
        let events = state?.lastRun() ?? []
        guard case .planned(let last) = events.first else {
            Say.error("--resume: there is no run to go on with")
            return nil
        }
        guard last.fingerprint == plan.fingerprint, last.mine == plan.mine else {
            Say.error("--resume: the last run was of other jobs; take the same filters and --partition as then")
            return nil
        }
        var earlier = Earlier()
        for case .job(.jobFinished(let result, _, _)) in events { earlier.ends[result.name] = result }
        // What could still have been tried again, or was ended with the run, is done anew from its first attempt.
        let own = Self.ownRetries(units, items)
        let retries = options.policy.retries
        earlier.ends = earlier.ends.filter { name, result in
            result.outcome == .passed || result.outcome != .cancelled && result.attempt > own[name] ?? retries
        }
        earlier.events = events.filter { event in
            if case .job(.jobFinished(let result, _, _)) = event { return earlier.ends[result.name] != nil }
            return false
        }
        return earlier
    }

    private func run(
        _ units: [WorkUnit],
        _ items: [RunItem],
        _ policy: RunPolicy,
        _ plan: SuitePlan,
        _ earlier: Earlier,
        _ consumers: Consumers
    ) -> Int32 {
        let begin = Clock.now
        let slowAfter = options.slowAfter.flatMap { Duration(parsing: $0) } ?? .seconds(60)
        let style = Screen.style(output: options.output, quiet: options.quiet, slowAfter: slowAfter, again: again)
        var hearing = Hearing(
            terminal: SuiteTerminal(style: style, expected: state?.times ?? [:]),
            journal: state?.beginJournal([.planned(plan)] + earlier.events),
            retries: policy.retries,
            ownRetries: Self.ownRetries(units, items),
            begin: begin
        )
        hearing.hear(.planned(plan), consumers, journal: false)
        for event in earlier.events { hearing.replay(event, consumers) }
        let done = finished(units, earlier)
        var machine = RunMachine(items: items, policy: policy, done: done)
        let cancellation = Cancellation()
        let executor = UnitExecutor(
            units: units,
            cancellation: cancellation,
            scratch: scratch,
            retries: policy.retries,
            failsOnLeaks: options.leaks == .fail
        )
        let runner = Runner<RunEvent> { start, tell in executor.run(start, tell) }
        var interrupted = 0
        do throws(SystemError) {
            try HeardSignals.hear([SIGINT, SIGTERM, SIGHUP]) { runner.signal($0) }
            try runner.run(&machine) { notice in
                switch notice {
                case .told(_, let event): hearing.hear(.job(event), consumers)
                case .leftOut(let item, let reason): hearing.leaveOut(units[item].names, reason, consumers)
                case .tick: hearing.tick()
                case .signal:
                    interrupted += 1
                    interrupted == 1 ? cancellation.ask() : cancellation.force()
                    return .stop("the run was interrupted")
                case .started, .ended: break
                }
                return .goOn
            }
        } catch {
            Say.error("\(error)")
            return 125
        }
        return finish(&hearing, consumers, interrupted: interrupted > 0, executor.ownFailures)
    }

    // By name, for those that have a number of their own.
    private static func ownRetries(_ units: [WorkUnit], _ items: [RunItem]) -> [String: Int] {
        var found: [String: Int] = [:]
        for (unit, item) in zip(units, items) {
            if let retries = item.retries { for name in unit.names { found[name] = retries } }
        }
        return found
    }

    private func finished(_ units: [WorkUnit], _ earlier: Earlier) -> [Int: Bool] {
        var done: [Int: Bool] = [:]
        for (index, unit) in units.enumerated() {
            let ends = unit.names.compactMap { earlier.ends[$0] }
            if ends.count == unit.names.count {
                done[index] = ends.allSatisfy { $0.outcome == .passed }
            } else if !ends.isEmpty {
                unit.leaveOut(Set(ends.map(\.name)))
            }
        }
        return done
    }

    private func finish(
        _ hearing: inout Hearing,
        _ consumers: Consumers,
        interrupted: Bool,
        _ ownFailures: OwnFailures
    ) -> Int32 {
        let totals = hearing.totals
        hearing.hear(.finished(totals), consumers)
        let problems = consumers.finish()
        state?.keep(hearing.times)
        if let path = Environment.value("GITHUB_STEP_SUMMARY"), Environment.isSet("GITHUB_ACTIONS") {
            StepSummary.append(hearing.terminal.stepSummary(totals), to: path)
        }
        for problem in problems { Say.error("cannot write the report \(problem)") }
        if interrupted { return 130 }
        if !problems.isEmpty || ownFailures.count > 0 { return 125 }
        return totals.failed > 0 || totals.notRun > 0 ? 1 : 0
    }
}

/// Everything that hears events in one order: the journal, the reports, the screen, the totals.
struct Hearing {
    private(set) var terminal: SuiteTerminal
    private let journal: LineFile?
    private let retries: Int
    private let ownRetries: [String: Int]
    private let begin: UInt64
    private var screen = Screen()
    private var notes: Set<String> = []
    private var ends: [String: SuiteTotals] = [:]
    private(set) var times: [String: Duration] = [:]

    init(terminal: SuiteTerminal, journal: LineFile?, retries: Int, ownRetries: [String: Int], begin: UInt64) {
        self.terminal = terminal
        self.journal = journal
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
        if writes { journal?.write(line) }
        consumers.hear(event, line: line)
        note(event)
        screen.write(terminal.hear(event, isLast: isLast(event), at: now))
        screen.draw(terminal.progressLine(at: now))
        if case .finished = event { screen.clear() }
    }

    /// What an earlier run has finished goes into the reports and the totals, and is not shown again.
    mutating func replay(_ event: SuiteEvent, _ consumers: Consumers) {
        consumers.hear(event, line: SuiteEventDocument.line(event))
        note(event)
    }

    /// An item that does not run has results that say so.
    mutating func leaveOut(_ names: [String], _ reason: String, _ consumers: Consumers) {
        for name in names where ends[name] == nil {
            let host = HostSummary(kernel: "", cgroup: "none", rootless: getuid() != 0)
            let result = JobResult(
                name: name,
                command: [],
                outcome: .cancelled,
                reason: "not run: \(reason)",
                startedAtUs: Clock.wallMicroseconds,
                duration: .zero,
                host: host
            )
            hear(.job(.jobFinished(result, stdout: .init(), stderr: .init())), consumers)
        }
    }

    mutating func tick() {
        screen.write(terminal.slow(at: now))
        screen.draw(terminal.progressLine(at: now))
    }

    private mutating func note(_ event: SuiteEvent) {
        guard case .job(.jobFinished(let result, _, _)) = event else { return }
        var one = SuiteTotals()
        one.count(result)
        ends[result.name] = one
        if result.startup != nil { times[result.name] = result.duration }
    }

    private func isLast(_ event: SuiteEvent) -> Bool {
        guard case .job(.jobFinished(let result, _, _)) = event else { return true }
        return result.outcome == .passed || result.outcome == .cancelled
            || result.attempt > ownRetries[result.name] ?? retries
    }
}

/// GitHub's summary of a step.
enum StepSummary {
    static func append(_ text: String, to path: String) {
        let raw = unsafe open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
        guard raw >= 0 else { return }
        try? OwnedDescriptor(raw).write(all: text.utf8)
    }
}
