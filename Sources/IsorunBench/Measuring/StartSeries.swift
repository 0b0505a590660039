internal import IsorunModel

/// The runs of one runtime: what they took, and what went wrong.
///
/// It takes a run and says what is to be done next, and so can be tested without a process.
struct StartSeries {
    let subject: Subject
    /// How many runs are wanted at most.
    private(set) var wanted: Int
    /// The time that a run may take.
    let limit: Duration
    private(set) var first: [Double] = []
    private(set) var whole: [Double] = []
    private(set) var vmm: [Double] = []
    private(set) var kernel: [Double] = []
    private(set) var initTime: [Double] = []
    private(set) var problems: [String] = []
    private(set) var givenUp: String?
    private var judge = ClockJudge()
    private var attempts = 0
    /// How long the fastest run of the warm-up took, nanoseconds.
    private var warmest: Double?
    private var warmRuns = 0
    /// What is said where there are fewer runs than of the others.
    private var fewer: String?

    init(_ subject: Subject, wanted: Int, limit: Duration) {
        self.subject = subject
        self.wanted = wanted
        self.limit = limit
    }

    /// Whether there is nothing more to do.
    var isDone: Bool { givenUp != nil || whole.count >= wanted }

    /// Takes a run of the warm-up, of which only the problems count, and whether the runtime is a slow one.
    mutating func warm(_ run: ProgramRun) {
        guard take(run) != nil else { return }
        first = []
        whole = []
        (vmm, kernel, initTime) = ([], [], [])
        warmRuns += 1
        warmest = min(warmest ?? .infinity, Double(run.end - run.begin))
    }

    /// Whether another run of the warm-up has something to tell: what was slow twice is slow, and warm.
    func isWarm(slowFrom: Duration) -> Bool {
        warmRuns >= 2 && (warmest ?? 0) > Double(slowFrom.nanoseconds)
    }

    /// Settles how many runs there shall be: the first run alone, which may have found nothing in memory, makes none a
    /// slow one.
    mutating func settle(slowFrom: Duration, slowRuns: Int) {
        guard let warmest, warmest > Double(slowFrom.nanoseconds), slowRuns < wanted else { return }
        wanted = slowRuns
        fewer = "\(slowRuns) runs, as each takes longer than \(slowFrom.text)"
    }

    /// Takes a run that is measured.
    mutating func note(_ run: ProgramRun) { _ = take(run) }

    /// What the row says.
    var row: BenchRow {
        var row = BenchRow(id: subject.id, name: subject.name, command: subject.command, limits: subject.limits)
        row.note = [subject.note, fewer].compactMap(\.self).joined(separator: "; ")
        if row.note?.isEmpty == true { row.note = nil }
        if !whole.isEmpty {
            row.measures = [
                Measure(id: "first", title: "time to the first instruction", unit: "ms", samples: first),
                Measure(id: "whole", title: "time to the end of the whole process", unit: "ms", samples: whole),
            ]
        }
        if !vmm.isEmpty {
            row.phases = [
                .init("VMM start", Bootstrap.median(vmm)), .init("kernel", Bootstrap.median(kernel)),
                .init("init and end", Bootstrap.median(initTime)),
            ]
        }
        if let givenUp {
            row.failure = .init(givenUp)
        } else if let problem = problems.first {
            let count = problems.count
            row.failure = .init(
                "\(count) of \(attempts) runs failed and \(count == 1 ? "is" : "are") left out: \(problem)"
            )
        }
        return row
    }

    private mutating func take(_ run: ProgramRun) -> Double? {
        attempts += 1
        switch times(of: run) {
        case .success(let times):
            first.append(times.first)
            whole.append(times.whole)
            return times.whole
        case .failure(let problem):
            guard run.ending != .interrupted else { return nil }
            problems.append(problem.text)
            // What never worked is not tried for long, and what fails often is no measurement.
            if whole.isEmpty && problems.count >= 2 || problems.count > max(2, wanted / 10) {
                givenUp =
                    problems.count == attempts
                    ? problem.text : "\(problems.count) of \(attempts) runs failed: \(problem.text)"
            }
            return nil
        }
    }

    private struct Problem: Error {
        let text: String
    }

    private mutating func times(of run: ProgramRun) -> Result<(first: Double, whole: Double), Problem> {
        if let problem = run.problem(after: limit) { return .failure(Problem(text: problem)) }
        let instant: Int64
        do throws(ClockJudge.Doubt) {
            instant = try judge.instant(of: run, ownClock: subject.ownClock)
        } catch {
            return .failure(Problem(text: error.text))
        }
        // A kernel that says nothing before the stand-in does not tell when it was started.
        if subject.ownClock, let byte = run.firstByte, !run.output.hasPrefix(StandIn.mark) {
            vmm.append(Self.milliseconds(byte - run.begin))
            kernel.append(Self.milliseconds(instant - byte))
            initTime.append(Self.milliseconds(run.end - instant))
        }
        return .success((Self.milliseconds(instant - run.begin), Self.milliseconds(run.end - run.begin)))
    }

    static func milliseconds(_ nanoseconds: Int64) -> Double { Double(nanoseconds) / 1e6 }
}
