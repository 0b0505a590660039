internal import IsorunModel

/// What a page says of one run or of several: each result by its last attempt, in the plan's order where there is a plan.
///
/// A result is known by its stream and its name: no result of another run takes its place, whatever that is called.
public struct RunOutline: Sendable {
    /// Several where what is read is of several plans, or of one plan more than once.
    private(set) var runs: [OutlinedRun] = []
    private var space = OutputSpace()
    private var input = ""
    /// Where the next event belongs; nil before the first of all.
    private var place: (run: Int, stream: Int)?

    // A plan may promise a million rounds.
    private static let mostMissing = 100_000

    /// Makes an outline of nothing.
    public init() {}

    /// Goes on with another input, whose events belong to none of what came before until a plan says so.
    ///
    /// - Parameter input: what people call it.
    public mutating func begin(_ input: String) {
        self.input = input
        let stream = OutlinedStream(input: input)
        place = (runs.count, 0)
        runs.append(OutlinedRun(stream))
    }

    /// Takes an event in.
    public mutating func append(_ event: SuiteEvent) {
        if place == nil { begin(input) }
        if case .planned(let plan) = event { start(plan) }
        guard let (run, stream) = place else { return }
        switch event {
        case .planned: break
        case .finished(let totals): runs[run].streams[stream].finish(totals)
        case .job(.jobStarting(let name, _, _)): runs[run].streams[stream].start(name)
        case .job(.jobFinished(let result, let stdout, let stderr)):
            runs[run].streams[stream].add(Entry(result: result, output: space.keep(of: result, stdout, stderr)))
        case .job: break
        }
    }

    /// Partitions of one plan are one run; what has a plan of its own, or the same one once more, is another.
    private mutating func start(_ plan: SuitePlan) {
        if let (run, _) = place, runs[run].isUnknown { runs.remove(at: run) }
        let stream = OutlinedStream(input: input, plan: plan)
        if let run = runs.firstIndex(where: { $0.takes(plan) }) {
            runs[run].streams.append(stream)
            place = (run, runs[run].streams.count - 1)
        } else {
            runs.append(OutlinedRun(stream))
            place = (runs.count - 1, 0)
        }
    }

    // MARK: What there is

    /// What each run is called where there are several; none where there is only one.
    var labels: [String?] {
        guard runs.count > 1 else { return runs.map { _ in nil } }
        var seen: [String: Int] = [:]
        let inputs = runs.map { $0.streams.first?.input ?? "" }
        return zip(inputs, Self.shortened(inputs)).enumerated().map { index, names in
            let label = names.0.isEmpty ? "run \(index + 1)" : names.1
            seen[names.0, default: 0] += 1
            return seen[names.0].map { $0 > 1 ? "\(label), \($0)" : label }
        }
    }

    /// Paths without the directories that they all begin with.
    private static func shortened(_ paths: [String]) -> [String] {
        let all = paths.map { $0.split(separator: "/", omittingEmptySubsequences: false) }
        guard let first = all.first else { return [] }
        var common = first.count - 1
        for path in all { common = min(common, zip(first, path.dropLast()).prefix { $0 == $1 }.count) }
        return all.map { $0.dropFirst(common).joined(separator: "/") }
    }

    /// All results, run by run: in the plan's order, later rounds behind the first, then what no plan names.
    public var all: [Entry] {
        zip(runs, labels).flatMap { run, label in
            run.sorted.map { entry in
                var entry = entry
                entry.run = label
                return entry
            }
        }
    }

    /// Names that have no result: the run was ended before, or still goes on.
    public var missing: [String] {
        var missing: [String] = []
        for (run, label) in zip(runs, labels) {
            for stream in run.streams {
                for name in stream.missing(most: Self.mostMissing - missing.count) {
                    missing.append(label.map { "\(name) (\($0))" } ?? name)
                }
            }
        }
        return missing
    }

    /// Inputs with neither a plan nor a result: isorun was ended before it knew what to run, or they are none of its.
    public var silent: [String] {
        runs.filter(\.isUnknown).map { $0.streams.first?.input ?? "" }
    }

    /// Whether there is neither a plan nor a result in all that was read.
    public var isUnknown: Bool { runs.allSatisfy(\.isUnknown) }

    /// How many ended how, and the time that the runs took together.
    public var totals: SuiteTotals {
        var totals = SuiteTotals()
        for run in runs {
            for stream in run.streams { for entry in stream.entries { totals.count(entry.result) } }
            totals.duration += run.duration
        }
        return totals
    }

    /// Limits that were not enforced, and in how many jobs.
    public var unenforced: [String: Int] {
        var counts: [String: Int] = [:]
        for stream in runs.flatMap(\.streams) {
            for entry in stream.entries {
                for limit in Set(entry.result.unenforced) { counts[limit.rawValue, default: 0] += 1 }
            }
        }
        return counts
    }
}
