import IsorunModel
import IsorunProgress
import IsorunReporting

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
    /// What partitions that ended before they had a plan say of that.
    private var earlyEnds: [(partition: String, event: RunEvent)] = []
    /// Files of runs that were killed before they had told anything.
    private(set) var empty: [String] = []

    private static let mostRoundsTold = 1000

    /// Takes a file.
    mutating func add(_ bytes: [UInt8], named file: String) throws(Failure) {
        let lines = Self.lines(bytes)
        guard let first = lines.first else { return empty.append(file) }
        guard case .planned(let own) = try event(first, file) else {
            throw Failure(text: "\(file): it does not begin with a plan; merge takes what --events wrote", code: 64)
        }
        if !own.isUnplanned { try take(own, file) }
        if let partition = own.partition { partitions.append(partition) }
        // What a killed run tells of an attempt that has no end belongs to nothing.
        var open: [String: [RunEvent]] = [:]
        for line in lines.dropFirst() {
            switch try event(line, file) {
            case .job(.jobFinished(let result, let stdout, let stderr)) where own.isUnplanned:
                let event = RunEvent.jobFinished(result, stdout: stdout, stderr: stderr)
                earlyEnds.append((own.partition ?? file, event))
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

    /// The lines, without the last one where its writer was killed within it.
    private static func lines(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
        var lines = bytes.split(separator: UInt8(ascii: "\n"))
        guard let last = lines.last, bytes.last != UInt8(ascii: "\n") else { return lines }
        guard (try? JSON(parsing: Array(last))) == nil else { return lines }
        // A file of one line that is cut may be anything.
        let begin = Array(#"{"schema":"\#(EventDocument.schema)""#.utf8)
        if lines.count > 1 || last.starts(with: begin) || begin.starts(with: last) { lines.removeLast() }
        return lines
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
    }

    // MARK: The end

    /// The events in the plan's order; what has no result is an error.
    ///
    /// - Throws: where no file says what was to be run.
    func finish() throws(Failure) -> [SuiteEvent] {
        guard plan != nil || !earlyEnds.isEmpty else {
            throw Failure(text: "no file has a plan: there is nothing to merge", code: 64)
        }
        let known = plan?.names ?? []
        let ends = namedApart(from: Set(known))
        var plan = plan ?? SuitePlan(names: [])
        plan.names = known + ends.map(\.name)
        plan.mine = Array(plan.names.indices)
        plan.partition = nil
        var events: [SuiteEvent] = [.planned(plan.told)] + notes.map { .job(.note($0)) }
        var totals = SuiteTotals()
        totals.duration = time
        for (index, name) in known.enumerated() {
            // Later rounds of a job stand behind its first; how many there are is not known of a run until a failure.
            let isWhole = complete.contains(covered[index] ?? "")
            for result in plan.results(of: name, isWhole: isWhole, isKnown: { results[$0] != nil }) {
                let attempts = results[result] ?? [missing(result, file: covered[index])]
                for event in attempts { events.append(.job(event)) }
                if let counted = Self.counted(attempts) { totals.count(counted) }
                // Of very many rounds the first that is missing says it all.
                if results[result] == nil, plan.rounds.map({ $0 > Self.mostRoundsTold }) ?? true { break }
            }
        }
        for (_, event) in ends {
            events.append(.job(event))
            if let counted = Self.counted([event]) { totals.count(counted) }
        }
        return events + [.finished(totals)]
    }

    /// The result of several attempts that counts.
    private static func counted(_ attempts: [RunEvent]) -> JobResult? {
        var counted: JobResult?
        for case .jobFinished(let result, _, _) in attempts { counted = result.counted(after: counted) }
        return counted
    }

    /// The early ends under names that are nobody else's: several partitions may have had the same build.
    private func namedApart(from names: Set<String>) -> [(name: String, event: RunEvent)] {
        var taken = names
        var ends: [(name: String, event: RunEvent)] = []
        for (partition, event) in earlyEnds {
            guard case .jobFinished(var result, let stdout, let stderr) = event else { continue }
            let name = "\(result.name) (\(partition))"
            result.name = name
            var number = 1
            while !taken.insert(result.name).inserted {
                number += 1
                result.name = "\(name), \(number)"
            }
            ends.append((result.name, .jobFinished(result, stdout: stdout, stderr: stderr)))
        }
        return ends
    }

    private func missing(_ name: String, file: String?) -> RunEvent {
        let have = partitions.isEmpty ? "" : " (there are: \(partitions.joined(separator: ", ")))"
        let reason =
            file.map { "\($0) ends before a result of this job: isorun was killed, or is still running" }
            ?? "no file has a result of this job: \(absence)\(have)"
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

    private var absence: String {
        if let first = earlyEnds.first { return "\(first.partition) ended before it had a plan" }
        if let first = empty.first { return "\(first) is empty" }
        return "a partition is missing"
    }
}
