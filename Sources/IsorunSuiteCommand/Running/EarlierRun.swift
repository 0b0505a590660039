import IsorunFrameworks
import IsorunModel
import IsorunProgress
import IsorunRunner

/// What an earlier run of the same plan has finished, for `--resume`.
struct EarlierRun {
    /// The events of what is finished, in their order.
    private(set) var events: [SuiteEvent] = []
    private var ends: [RoundName: JobResult] = [:]
    private var rounds: Int?
    /// Whether it came to its end, or was ended by a signal that it heard.
    private var isOver = false

    /// How many results there are.
    var count: Int { ends.count }

    /// Nothing at all.
    init() {}

    /// Takes the events of the last run; `retries` are those of a name in the plan.
    init(_ last: [SuiteEvent], of plan: SuitePlan, retries: (String) -> Int) throws(Failure) {
        guard case .planned(let former) = last.first else {
            throw Failure(text: "--resume: there is no run to go on with", code: 64)
        }
        if let problem = Self.difference(former, plan) {
            throw Failure(text: "--resume: the last run was of other \(problem)", code: 64)
        }
        rounds = plan.rounds
        let names = Set(plan.names)
        for event in last {
            if case .finished = event { isOver = true }
            guard case .job(.jobFinished(let result, _, _)) = event else { continue }
            ends[RoundName(of: result.name, in: names)] = result
        }
        // What could still have been tried again, or was ended with the run, is done anew from its first attempt.
        ends = ends.filter { name, result in
            if result.outcome == .passed { return true }
            return result.outcome != .cancelled && result.attempt > retries(name.base)
        }
        events = last.filter { event in
            event.resultName.map { ends[RoundName(of: $0, in: names)] != nil } ?? false
        }
    }

    /// What of the last run keeps its results from being results of this plan.
    private static func difference(_ former: SuitePlan, _ plan: SuitePlan) -> String? {
        if former.fingerprint != plan.fingerprint || former.mine != plan.mine {
            let names = former.names.filter { name in TestID.unbuiltNames.contains { name.hasSuffix($0) } }
            let unbuilt = Set(names).subtracting(plan.names)
            guard unbuilt.isEmpty else {
                return "tests, as something could not be built then that is by now; --failed runs what failed"
            }
            return "jobs; take the same filters and --partition as then"
        }
        if former.rounds != plan.rounds { return "rounds; take the same --repeat and --until-fail as then" }
        // Another version of isorun may take other things into account, so without a word there is no knowing.
        if former.digest == nil || former.digest != plan.digest {
            return "commands, options or limits, or another version of isorun made it; without --resume all is run anew"
        }
        return nil
    }

    /// Refuses to tell all of a run again that is over, as though anything had been run now.
    func checkIsLeft(of units: [WorkUnit], _ items: [RunItem], _ policy: RunPolicy) throws(Failure) {
        guard isOver, count > 0 else { return }
        var machine = RunMachine(items: items, policy: policy, done: done(of: units))
        let starts = machine.next().contains { action in
            switch action {
            case .start, .prepare, .go: true
            case .sendBack, .leaveOut: false
            }
        }
        guard !starts else { return }
        let isStopped = policy.maxFail.map { machine.failures >= $0 } ?? false
        let why =
            isStopped
            ? "so much of it failed that --fail-fast or --max-fail lets nothing more start"
            : "nothing is left of it that would run; --failed runs what failed again"
        throw Failure(text: "--resume: the last run came to its end: \(why)", code: 64)
    }

    /// What is done of each unit; a unit in the middle of a round is told what of it is.
    func done(of units: [WorkUnit]) -> [Int: RunMachine.Done] {
        guard !ends.isEmpty else { return [:] }
        var done: [Int: RunMachine.Done] = [:]
        for (index, unit) in units.enumerated() {
            var record = RunMachine.Done(rounds: 0)
            while record.rounds < rounds ?? .max {
                let results = unit.names.map { ends[RoundName($0, round: record.rounds + 1)] }
                guard results.allSatisfy({ $0 != nil }) else {
                    unit.leaveOut(results.map { $0.map { $0.outcome == .passed } }, round: record.rounds + 1)
                    break
                }
                record.rounds += 1
                if !results.allSatisfy({ $0?.outcome == .passed }) { record.failures += 1 }
            }
            if record.rounds > 0 { done[index] = record }
        }
        return done
    }
}

extension SuiteEvent {
    /// Whose result it tells, or whose own report.
    var resultName: String? {
        switch self {
        case .job(.jobFinished(let result, _, _)): result.name
        case .job(.jobReported(let report)): report.job
        default: nil
        }
    }
}
