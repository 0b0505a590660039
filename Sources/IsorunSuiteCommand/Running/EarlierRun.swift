import IsorunModel
import IsorunProgress
import IsorunRunner

/// What an earlier run of the same plan has finished, for `--resume`.
struct EarlierRun {
    /// The events of what is finished, in their order.
    private(set) var events: [SuiteEvent] = []
    private var ends: [String: JobResult] = [:]

    /// How many results there are.
    var count: Int { ends.count }

    /// Nothing at all.
    init() {}

    /// Takes the events of the last run; `retries` are those of a name in the plan.
    init(_ last: [SuiteEvent], of plan: SuitePlan, retries: (String) -> Int) throws(Failure) {
        guard case .planned(let former) = last.first else {
            throw Failure(text: "--resume: there is no run to go on with", code: 64)
        }
        guard former.fingerprint == plan.fingerprint, former.mine == plan.mine else {
            let text = "--resume: the last run was of other jobs; take the same filters and --partition as then"
            throw Failure(text: text, code: 64)
        }
        let names = Set(plan.names)
        for case .job(.jobFinished(let result, _, _)) in last { ends[result.name] = result }
        // What could still have been tried again, or was ended with the run, is done anew from its first attempt.
        ends = ends.filter { name, result in
            if result.outcome == .passed { return true }
            return result.outcome != .cancelled
                && result.attempt > retries(RoundName(of: name, in: names).base)
        }
        events = last.filter { event in event.resultName.map { ends[$0] != nil } ?? false }
    }

    /// What is done of each unit; a unit in the middle of a round is told what of it is.
    func done(of units: [WorkUnit]) -> [Int: RunMachine.Done] {
        guard !ends.isEmpty else { return [:] }
        var done: [Int: RunMachine.Done] = [:]
        for (index, unit) in units.enumerated() {
            var record = RunMachine.Done(rounds: 0)
            while true {
                let results = unit.names.map { ends[RoundName($0, round: record.rounds + 1).text] }
                guard results.allSatisfy({ $0 != nil }) else {
                    unit.leaveOut(results.indices.filter { results[$0] != nil }, round: record.rounds + 1)
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
