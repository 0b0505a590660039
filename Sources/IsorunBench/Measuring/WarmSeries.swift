internal import IsorunReporting

/// The starts of a suite's jobs in containers made ahead, by the result documents of its runs.
///
/// None of them is a process of its own, so they are not timed from outside as the others are: what counts is
/// `startup.totalMs`, isorun's own word for the time from a job's turn to the success of its execve.
struct WarmSeries {
    /// The row.
    static let id = "isorun-warm"
    /// Jobs of a suite: the first is a cold one.
    static let jobs = 12

    let subject: Subject
    let wanted: Int
    let limit: Duration
    private(set) var samples: [Double] = []
    private(set) var problems: [String] = []
    private var phases: [(name: String, samples: [Double])] = []
    private var suites = 0
    /// Jobs after the first for which no container was ready.
    private var cold = 0

    init(_ subject: Subject, wanted: Int, limit: Duration) {
        self.subject = subject
        self.wanted = wanted
        self.limit = limit
    }

    /// Where the suite writes its documents.
    var results: String? { subject.command.last }

    /// Whether there is nothing more to do.
    var isDone: Bool { samples.count >= wanted || problems.count > 2 }

    /// Whether a suite runs in this round: as often as its jobs make up for the rounds, and in all that come on top.
    func isDue(round: Int, of rounds: Int) -> Bool {
        !isDone && (round >= rounds || round % (Self.jobs - 2) == 0)
    }

    /// Takes a run of the suite.
    mutating func note(_ run: ProgramRun, documents: [UInt8]) {
        guard run.ending != .interrupted else { return }
        suites += 1
        if let problem = run.problem(after: limit) { return problems.append(problem) }
        let found = documents.split(separator: UInt8(ascii: "\n")).compactMap { try? JSON(parsing: Array($0)) }
        guard found.count == Self.jobs else {
            return problems.append("of \(Self.jobs) jobs \(found.count) have a result document")
        }
        for document in found.dropFirst() where samples.count < wanted { take(document) }
    }

    private mutating func take(_ document: JSON) {
        // 30 bytes are the stand-in's line.
        guard document["outcome"]?.string == "passed", document["stdout"]?["bytes"]?.double == 30,
            let total = document["startup"]?["totalMs"]?.double, total > 0,
            let members = document["startup"]?["phases"]?.members
        else { return problems.append("a job of the suite was no run of the stand-in") }
        guard members.contains(where: { $0.key == "handover" }) else { return cold += 1 }
        samples.append(total)
        for member in members {
            guard let value = member.value.double else { continue }
            if let index = phases.firstIndex(where: { $0.name == member.key }) {
                phases[index].samples.append(value)
            } else {
                phases.append((member.key, [value]))
            }
        }
    }

    /// What the row says.
    var row: BenchRow {
        var row = BenchRow(id: subject.id, name: subject.name, command: subject.command, limits: subject.limits)
        row.note =
            "no process of its own as the others are, and not timed from outside: startup.totalMs of jobs of a suite, "
            + "one at a time, each in a container made ahead; isorun's own word, from a job's turn to the success of "
            + "execve; left out are the first job of each of \(suites) suites and \(cold) that found no container ready"
        if !samples.isEmpty {
            row.measures = [
                Measure(id: "first", title: "time to the first instruction", unit: "ms", samples: samples)
            ]
            row.phases = phases.map { .init($0.name, Bootstrap.median($0.samples)) }
        }
        if let problem = problems.first {
            row.failure = .init("\(problems.count) times in \(suites) suites: \(problem)")
        } else if samples.isEmpty, suites > 0 {
            row.failure = .init("in \(suites) suites no job found a container made ahead")
        }
        return row
    }
}
