import ArgumentParser
import IsorunModel
import IsorunProgress
import IsorunReporting
import IsorunSystem
import SystemPackage

/// `isorun merge`: the events of all partitions become one report.
struct MergeCommandLine: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "merge",
        abstract: "Put the events of all partitions of a run into one report, in the plan's order.",
        discussion: """
            Takes what --events wrote. Files of different plans are refused; what no file has a result for is an error \
            in the report and here. Exit codes: 0 all passed; 1 something did not, or is missing; 64 usage; 125 a file \
            could not be read or written.
            """
    )

    @Argument(help: "Events of partitions (isorun.events/1).")
    var files: [String]

    @Option(help: .init("Write JUnit XML; - is standard output.", valueName: "file"))
    var junit: String?

    @Option(help: .init("Which JUnit XML: default or surefire.", valueName: "dialect"))
    var junitDialect: String = "default"

    @Option(help: .init("Write result documents, one on each line.", valueName: "file"))
    var json: String?

    @Option(help: .init("Write the merged events.", valueName: "file"))
    var events: String?

    func validate() throws { try ReportPaths.check(dialect: junitDialect) }

    func run() throws {
        throw ExitCode(verb())
    }

    private func verb() -> Int32 {
        do throws(Failure) {
            var merge = EventMerge()
            for file in files {
                let bytes = try Failure.own { () throws(SystemError) in
                    try SmallFile.read(FilePath(file), limit: 1 << 30)
                }
                try merge.add(bytes, named: file)
            }
            return try write(merge.finish())
        } catch {
            Say.error(error.text)
            return error.code
        }
    }

    private func write(_ merged: [SuiteEvent]) throws(Failure) -> Int32 {
        var totals = SuiteTotals()
        do throws(ReportingError) {
            let paths = ReportPaths(junit: junit, junitDialect: junitDialect, json: json, events: events)
            try paths.check()
            let consumers = try Consumers(paths)
            var terminal = SuiteTerminal(
                style: Screen.style(output: .none, quiet: true, slowAfter: .seconds(60), again: "")
            )
            // Attempts of a job stand one after the other.
            for (event, next) in zip(merged, merged.dropFirst().map(\.resultName) + [nil]) {
                consumers.hear(event, line: SuiteEventDocument.line(event))
                if case .finished(let end) = event { totals = end }
                if case .job(.note(let text)) = event { Say.error("note: \(TerminalText.escape(text))") }
                Say.asIs(terminal.hear(event, isLast: event.resultName != next || next == nil, at: .zero))
            }
            for problem in consumers.finish() { throw ReportingError(.system, "cannot write the report", problem) }
        } catch {
            throw Failure(text: "\(error)", code: error.kind == .usage ? 64 : 125)
        }
        return totals.failed > 0 || totals.notRun > 0 ? 1 : 0
    }
}

/// Events of several partitions of one plan.
struct EventMerge {
    private var plan: SuitePlan?
    private var planFile = ""
    private var covered: [Int: String] = [:]
    private var results: [String: [RunEvent]] = [:]
    private var time = Duration.zero
    private var partitions: [String] = []
    private var complete: Set<String> = []
    private var notes: [String] = []

    private static let mostRoundsTold = 1000

    /// Takes a file.
    mutating func add(_ bytes: [UInt8], named file: String) throws(Failure) {
        var lines = bytes.split(separator: UInt8(ascii: "\n"))
        // Its writer was killed within the last line.
        if let last = lines.last, bytes.last != UInt8(ascii: "\n"), (try? JSON(parsing: Array(last))) == nil {
            lines.removeLast()
        }
        guard let first = lines.first, case .planned(let own) = try event(first, file) else {
            throw Failure(text: "\(file): it does not begin with a plan; merge takes what --events wrote", code: 64)
        }
        try take(own, file)
        // What a killed run tells of an attempt that has no end belongs to nothing.
        var open: [String: [RunEvent]] = [:]
        for line in lines.dropFirst() {
            switch try event(line, file) {
            case .job(let event):
                switch event {
                case .jobReported(let report): open[report.job, default: []].append(event)
                case .jobFinished(let result, _, _):
                    results[result.name, default: []] += (open.removeValue(forKey: result.name) ?? []) + [event]
                case .note(let text) where !notes.contains(text): notes.append(text)
                default: break
                }
            case .finished(let totals):
                time = max(time, totals.duration)
                complete.insert(file)
            case .planned: throw Failure(text: "\(file): it has two plans", code: 64)
            case nil: break
            }
        }
    }

    private func event(_ line: ArraySlice<UInt8>, _ file: String) throws(Failure) -> SuiteEvent? {
        do throws(ReportingError) { return try SuiteEventDocument.event(JSON(parsing: Array(line))) } catch {
            throw Failure(text: "\(file): \(error)", code: 64)
        }
    }

    private mutating func take(_ own: SuitePlan, _ file: String) throws(Failure) {
        if let plan, plan.fingerprint != own.fingerprint {
            throw Failure(text: "\(file) is of another plan than \(planFile): they cannot be one report", code: 64)
        }
        if let plan, plan.rounds != own.rounds {
            let text = "\(file) is of a run with another --repeat than \(planFile): they cannot be one report"
            throw Failure(text: text, code: 64)
        }
        for index in own.mine {
            if let other = covered.updateValue(file, forKey: index) {
                let name = TerminalText.escape(own.names[index])
                throw Failure(text: "\(file) and \(other) both have \(name): the same partition twice", code: 64)
            }
        }
        if plan == nil { (plan, planFile) = (own, file) }
        if let partition = own.partition { partitions.append(partition) }
    }

    /// The events in the plan's order; what has no result is an error.
    func finish() -> [SuiteEvent] {
        guard var plan else { return [] }
        plan.mine = Array(plan.names.indices)
        plan.partition = nil
        var events: [SuiteEvent] = [.planned(plan)] + notes.map { .job(.note($0)) }
        var totals = SuiteTotals()
        totals.duration = time
        for (index, name) in plan.names.enumerated() {
            // Later rounds of a job stand behind its first; how many there are is not known of a run until a failure.
            let isWhole = complete.contains(covered[index] ?? "")
            for result in plan.results(of: name, isWhole: isWhole, isKnown: { results[$0] != nil }) {
                let attempts = results[result] ?? [missing(result, file: covered[index])]
                for event in attempts { events.append(.job(event)) }
                if case .jobFinished(let result, _, _) = attempts[attempts.count - 1] { totals.count(result) }
                // Of very many rounds the first that is missing says it all.
                if results[result] == nil, plan.rounds.map({ $0 > Self.mostRoundsTold }) ?? true { break }
            }
        }
        return events + [.finished(totals)]
    }

    private func missing(_ name: String, file: String?) -> RunEvent {
        let have = partitions.isEmpty ? "" : " (there are: \(partitions.joined(separator: ", ")))"
        let reason =
            file.map { "\($0) ends before a result of this job: isorun was killed, or is still running" }
            ?? "no file has a result of this job: a partition is missing\(have)"
        let result = JobResult(
            name: name,
            command: [],
            outcome: .setupFailed,
            reason: reason,
            startedAtUs: 0,
            duration: .zero,
            host: HostSummary(kernel: "", cgroup: "none", rootless: false)
        )
        return .jobFinished(result, stdout: CapturedOutput(), stderr: CapturedOutput())
    }
}
