internal import IsorunModel

/// A run: one stream of events, or those of its partitions.
struct OutlinedRun: Sendable {
    var streams: [OutlinedStream]

    init(_ stream: OutlinedStream) { streams = [stream] }

    /// Whether a plan is of another partition of this run.
    func takes(_ plan: SuitePlan) -> Bool {
        guard !plan.isUnplanned else { return false }
        let isSame = streams.allSatisfy { stream in
            guard let own = stream.plan, !own.isUnplanned else { return false }
            return own.rounds == plan.rounds && own.names == plan.names
        }
        guard isSame else { return false }
        let mine = Set(plan.mine)
        return streams.allSatisfy { mine.isDisjoint(with: $0.plan?.mine ?? []) }
    }

    /// Whether nothing is known of it.
    var isUnknown: Bool { streams.allSatisfy(\.isUnknown) }

    /// What it took: partitions run beside each other.
    var duration: Duration {
        let known = streams.compactMap(\.duration).max()
        return known ?? streams.flatMap(\.entries).map(\.result.duration).reduce(.zero, +)
    }

    /// Its results in the plan's order, later rounds behind the first, then what no plan names.
    var sorted: [RunOutline.Entry] {
        var places: [String: Int] = [:]
        for name in streams.first?.plan?.names ?? [] where places[name] == nil { places[name] = places.count }
        let names = Set(places.keys)
        let keyed = streams.flatMap(\.entries).enumerated().map { index, entry in
            let round = RoundName(of: entry.result.name, in: names)
            return (place: places[round.base] ?? places.count + index, round: round.round, index: index, entry: entry)
        }
        return keyed.sorted { ($0.place, $0.round, $0.index) < ($1.place, $1.round, $1.index) }.map(\.entry)
    }
}

/// What one process of isorun told, by its own plan or without one.
struct OutlinedStream: Sendable {
    /// What people call the input that it was read from.
    let input: String
    /// The plan; none of `isorun run` and of results alone.
    let plan: SuitePlan?
    private(set) var duration: Duration?
    private(set) var entries: [RunOutline.Entry] = []
    private var isWhole = false
    private var latest: [String: Int] = [:]
    private var begun: [String] = []

    init(input: String, plan: SuitePlan? = nil) {
        self.input = input
        self.plan = plan
    }

    mutating func start(_ name: String) {
        if plan == nil { begun.append(name) }
    }

    mutating func finish(_ totals: SuiteTotals) {
        duration = max(duration ?? .zero, totals.duration)
        isWhole = true
    }

    mutating func add(_ entry: RunOutline.Entry) {
        let name = entry.result.name
        if let index = begun.firstIndex(of: name) { begun.remove(at: index) }
        // Where no plan tells runs apart, an attempt that is no later one is another run's, as in JUnit.
        if let index = latest[name], plan != nil || entry.result.attempt > entries[index].lastAttempt {
            entries[index].take(entry)
        } else {
            latest[name] = entries.count
            entries.append(entry)
        }
    }

    /// Whether it has told neither what it is to run nor what it ran.
    var isUnknown: Bool { plan == nil && entries.isEmpty && begun.isEmpty }

    /// Names that are to have a result here and have none, so many at most.
    func missing(most: Int) -> [String] {
        guard let plan else { return Array(begun.prefix(most)) }
        var missing: [String] = []
        var seen: Set<String> = []
        for index in plan.mine {
            for result in plan.results(of: plan.names[index], isWhole: isWhole, isKnown: { latest[$0] != nil })
            where latest[result] == nil && seen.insert(result).inserted {
                guard missing.count < most else { return missing }
                missing.append(result)
            }
        }
        return missing
    }
}
