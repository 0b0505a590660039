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
    /// What the items are called.
    var noun = "job"
    /// Whether patterns selected them among others.
    var isFiltered = false
    /// The suite or package, by which its state is kept.
    var state: StateDirectory?
    var workspace: Workspace

    /// Runs it all: the exit code.
    func run() -> Int32 {
        var policy = options.policy
        policy.jobs = min(policy.jobs ?? .max, max(Self.mostContainers(units) - policy.ahead, 2))
        if options.leaks == .fail, let name = units.first(where: { !$0.showsLeaks })?.names.first {
            Say.error("--leaks fail: \(shown(name)) has no init (--no-init), and what it leaves behind is not seen")
            return 64
        }
        let names = units.flatMap(\.names)
        if let (name, other) = RoundName.collision(in: names, rounds: policy.rounds) {
            Say.error("--repeat: a later round of \(shown(other)) would be called as \(shown(name)) is")
            return 64
        }
        var plan = SuitePlan(names: names)
        plan.rounds = policy.rounds
        plan.seed = policy.seed
        plan.isFiltered = isFiltered
        let partition = partition
        plan.partition = partition?.description
        guard let selected = selected(by: partition) else { return 64 }
        // What a partition lacks of their needs is another machine's, and counts as done.
        let (units, items) = (selected.map { self.units[$0] }, self.items.keeping(selected))
        let chosen = Set(units.flatMap(\.names))
        plan.mine = names.indices.filter { chosen.contains(names[$0]) }
        // It is for the journal, and without a state there is none.
        if state != nil { plan.digest = UnitDigest.text(of: units, failsOnLeaks: options.leaks == .fail) }
        let own = Self.ownRetries(units, items)
        var earlier = EarlierRun()
        do throws(Failure) {
            if options.resume {
                guard state != nil else { throw Failure(text: "--resume: \(LastFailures.unknown)", code: 64) }
                earlier = try EarlierRun(state?.lastRun() ?? [], of: plan) { own[$0] ?? policy.retries }
                try earlier.checkIsLeft(of: units, items, policy)
                plan.resumed = earlier.count
            }
        } catch {
            Say.error(error.text)
            return error.code
        }
        do throws(ReportingError) {
            let paths = options.reports
            try paths.check()
            // An open of --json or --events that waits for a reader is ended by a signal; after it, an end is told in all
            // reports. JUnit's is isorun-report's to open.
            workspace.interruption.letGo()
            let consumers = try Consumers(paths, keepsFormer: options.resume)
            workspace.interruption.hold()
            let notes = RunNotes(self.units, self.items, selected: selected)
            return run(units, items, policy, plan, earlier, notes, consumers, workspace.interruption)
        } catch {
            Say.error("\(error)")
            return error.kind == .usage ? 64 : 125
        }
    }

    /// Prints what would run: the exit code.
    func list() -> Int32 {
        guard let selected = selected(by: partition) else { return 64 }
        guard !workspace.interruption.isAsked else { return 130 }
        workspace.interruption.letGo()
        let names = selected.flatMap { units[$0].names }
        // As ls does: a program gets them as they are.
        let isTerminal = isatty(STDOUT_FILENO) == 1
        let lines = names.map { "\(isTerminal ? TerminalText.escape($0, limit: .max) : $0)\n" }
        let code = Say.output(lines.joined())
        return code == 0 && selected.contains { units[$0].hasUnbuilt } ? 1 : code
    }

    // What runs at the same time has to have room for its descriptors.
    private static func mostContainers(_ units: [WorkUnit]) -> Int {
        let containers = 1 + (units.map(\.serviceCount).max() ?? 0)
        return (DescriptorLimit.raise() - descriptorsOfAll) / (descriptorsOfOne * containers)
    }

    // Some 13 were counted for a container of root's, and twice as many for others while they look at the host.
    private static let descriptorsOfOne = geteuid() == 0 ? 16 : 32
    private static let descriptorsOfAll = 100

    private var partition: Partition? { options.partition.flatMap { RunnerOptions.partition($0) } }

    private func selected(by partition: Partition?) -> [Int]? {
        guard let partition else { return Array(items.indices) }
        return timed().map { partition.indices(of: $0) }
    }

    private func shown(_ name: String) -> String { "\"\(TerminalText.escape(name, limit: 200))\"" }

    // The times that this host remembers change with every run and differ between hosts: parts that were made by them
    // would overlap, and leave tests out. Only a file that all parts are given makes the same parts everywhere.
    private func timed() -> [RunItem]? {
        var times: [String: Duration] = [:]
        if let path = options.times {
            let bytes: [UInt8]
            do throws(SystemError) { bytes = try SmallFile.readWhole(FilePath(path), limit: 1 << 30) } catch {
                Say.error("--times: cannot read \(path): \(error.errno.text)")
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

    private func run(
        _ units: [WorkUnit],
        _ items: [RunItem],
        _ policy: RunPolicy,
        _ plan: SuitePlan,
        _ earlier: EarlierRun,
        _ notes: RunNotes,
        _ consumers: Consumers,
        _ interruption: Interruption
    ) -> Int32 {
        let begin = Clock.now
        let slowAfter = options.slowAfter.flatMap { Duration(parsing: $0) } ?? .seconds(60)
        let style = Screen.style(
            output: options.output,
            quiet: options.quiet,
            slowAfter: slowAfter,
            again: again,
            noun: noun
        )
        var hearing = Hearing(
            terminal: SuiteTerminal(style: style, expected: state?.times ?? [:]),
            journal: state?.beginJournal([.planned(plan)] + earlier.events),
            plan: plan,
            retries: policy.retries,
            ownRetries: Self.ownRetries(units, items),
            begin: begin
        )
        hearing.hear(.planned(plan.told), consumers, journal: false)
        for line in notes.lines { hearing.hear(.job(.note(line)), consumers) }
        for event in earlier.events { hearing.replay(event, consumers) }
        consumers.settle()
        let done = earlier.done(of: units)
        var machine = RunMachine(items: items, policy: policy, done: done)
        let commons = workspace.commons
        defer { commons.close() }
        if let expected = machine.expected { commons.expect(expected) }
        let executor = UnitExecutor(
            units: units,
            cancellation: interruption.cancellation,
            scratch: workspace.scratch,
            retries: policy.retries,
            failsOnLeaks: options.leaks == .fail,
            commons: commons
        )
        let runner = Runner<RunEvent> { executor.run($0, $1, $2, $3) }
        interruption.listen { runner.signal($0) }
        do throws(SystemError) {
            try runner.run(&machine) { notice in
                switch notice {
                case .told(_, let event): hearing.hear(.job(event), consumers)
                case .leftOut(let item, let reason): hearing.leaveOut(units[item], reason, consumers)
                case .tick: hearing.tick()
                case .signal:
                    interruption.hear()
                    return .stop("the run was interrupted")
                case .ended(let start, .cancelled):
                    // Of tests that share a container those that it never came to have no result yet.
                    hearing.leaveOut(units[start.item], "the run was interrupted", consumers)
                case .started, .ended: break
                }
                return .goOn
            }
        } catch {
            Say.error("\(error)")
            return 125
        }
        return finish(&hearing, consumers, interrupted: interruption.isHeard, executor.ownFailures)
    }

    // By name, for those that have a number of their own.
    private static func ownRetries(_ units: [WorkUnit], _ items: [RunItem]) -> [String: Int] {
        var found: [String: Int] = [:]
        for (unit, item) in zip(units, items) {
            if let retries = item.retries { for name in unit.names { found[name] = retries } }
        }
        return found
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
        StepSummary.append(hearing.terminal, totals)
        for problem in problems { Say.error("cannot write the report \(problem)") }
        if interrupted { return 130 }
        if !problems.isEmpty || !ownFailures.isEmpty { return 125 }
        return totals.failed > 0 || totals.notRun > 0 ? 1 : 0
    }
}
