public import IsorunModel
internal import IsorunReporting

/// What a page says of a run: each result by its last attempt, in the plan's order where there is a plan.
public struct RunOutline: Sendable {
    /// A result with what was kept of its output.
    public struct Entry: Sendable {
        /// The last attempt.
        public var result: JobResult
        /// How many attempts there were.
        public var attempts = 1
        /// Its output, as text that may stand in any report.
        public var output: [(stream: String, text: String)]
    }

    private var entries: [String: Entry] = [:]
    private var order: [String] = []
    private var plan: SuitePlan?
    private var duration: Duration?

    // More of it is in the events; a page is to be read.
    private static let shownBytes = 1 << 15

    /// Makes an outline of nothing.
    public init() {}

    /// Takes an event in.
    public mutating func append(_ event: SuiteEvent) {
        switch event {
        case .planned(let plan): self.plan = plan
        case .finished(let totals): duration = totals.duration
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
            // What an attempt of 1 begins anew forgets what was before.
            if result.attempt > 1 { entry.attempts = former.attempts + 1 }
        } else {
            order.append(result.name)
        }
        entries[result.name] = entry
    }

    /// All results: in the plan's order, later rounds behind the first, then what no plan names.
    public var all: [Entry] {
        guard let plan else { return order.compactMap { entries[$0] } }
        let names = Set(plan.names)
        var places: [String: Int] = [:]
        for (index, name) in plan.names.enumerated() { places[name] = index }
        let keyed = order.map { name in
            let round = RoundName(of: name, in: names)
            return (place: places[round.base] ?? plan.names.count, round: round.round, name: name)
        }
        return keyed.sorted { ($0.place, $0.round) < ($1.place, $1.round) }.compactMap { entries[$0.name] }
    }

    /// Names of the plan that have no result: the run was ended before, or still goes on.
    public var missing: [String] {
        guard let plan else { return [] }
        return plan.mine.map { plan.names[$0] }.filter { entries[$0] == nil }
    }

    /// How many ended how.
    public var totals: SuiteTotals {
        var totals = SuiteTotals()
        for entry in entries.values { totals.count(entry.result) }
        totals.duration = duration ?? entries.values.map(\.result.duration).reduce(.zero, +)
        return totals
    }
}

extension JobResult {
    /// Whether a person has to look at it.
    var isFailure: Bool { outcome != .passed && outcome != .cancelled }
}
