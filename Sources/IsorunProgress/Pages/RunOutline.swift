public import IsorunModel
internal import IsorunReporting

/// What a page says of a run: each result by its last attempt, in the plan's order where there is a plan.
public struct RunOutline: Sendable {
    /// A result with what was kept of its output.
    public struct Entry: Sendable {
        /// The last attempt, or the last that failed where that one was cancelled.
        public var result: JobResult
        /// How many attempts there were.
        public var attempts = 1
        /// Its output, as text that may stand in any report.
        public var output: [(stream: String, text: String)]
    }

    private var entries: [String: Entry] = [:]
    private var order: [String] = []
    /// The plans of all runs, in their order, and whether each run came to its end.
    private var plans: [(plan: SuitePlan, isWhole: Bool)] = []
    private var duration: Duration?

    // More of it is in the events; a page is to be read.
    private static let shownBytes = 1 << 15

    // A plan may promise a million rounds.
    private static let mostMissing = 100_000

    /// Makes an outline of nothing.
    public init() {}

    /// Takes an event in.
    public mutating func append(_ event: SuiteEvent) {
        switch event {
        case .planned(let plan): plans.append((plan, false))
        case .finished(let totals):
            duration = max(duration ?? .zero, totals.duration)
            if !plans.isEmpty { plans[plans.count - 1].isWhole = true }
        case .job(.jobFinished(let result, let stdout, let stderr)): add(result, stdout, stderr)
        case .job: break
        }
    }

    private mutating func add(_ result: JobResult, _ stdout: CapturedOutput, _ stderr: CapturedOutput) {
        let output = [("stdout", stdout), ("stderr", stderr)].map { stream, bytes in
            (stream: stream, text: OutputText.render(bytes, limit: Self.shownBytes))
        }
        var entry = Entry(result: result, output: output.filter { !$0.text.isEmpty })
        if let former = entries[result.name] {
            if result.counted(after: former.result).outcome != result.outcome { entry = former }
            // What an attempt of 1 begins anew forgets what was before.
            if result.attempt > 1 { entry.attempts = former.attempts + 1 }
        } else {
            order.append(result.name)
        }
        entries[result.name] = entry
    }

    /// All results: in the plan's order, later rounds behind the first, then what no plan names.
    public var all: [Entry] {
        var places: [String: Int] = [:]
        for name in plans.flatMap(\.plan.names) where places[name] == nil { places[name] = places.count }
        let names = Set(places.keys)
        let keyed = order.enumerated().map { index, name in
            let round = RoundName(of: name, in: names)
            return (place: places[round.base] ?? places.count + index, round: round.round, name: name)
        }
        return keyed.sorted { ($0.place, $0.round) < ($1.place, $1.round) }.compactMap { entries[$0.name] }
    }

    /// Names of the plans that have no result: the run was ended before, or still goes on.
    public var missing: [String] {
        var missing: [String] = []
        var seen: Set<String> = []
        for (plan, isWhole) in plans {
            for index in plan.mine {
                for result in plan.results(of: plan.names[index], isWhole: isWhole, isKnown: { entries[$0] != nil })
                where entries[result] == nil && seen.insert(result).inserted {
                    missing.append(result)
                    if missing.count >= Self.mostMissing { return missing }
                }
            }
        }
        return missing
    }

    /// How many ended how.
    public var totals: SuiteTotals {
        var totals = SuiteTotals()
        for entry in entries.values { totals.count(entry.result) }
        totals.duration = duration ?? entries.values.map(\.result.duration).reduce(.zero, +)
        return totals
    }
}
