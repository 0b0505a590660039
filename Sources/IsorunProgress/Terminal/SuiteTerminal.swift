internal import IsorunModel
internal import IsorunReporting

/// What a person reads on stderr while many jobs run: a value that takes events and returns text.
///
/// On a terminal a line of progress stands at the bottom and is drawn anew; elsewhere only lines that stay are made.
/// Whatever a job could have named is escaped.
public struct SuiteTerminal: Sendable {
    /// Which output of jobs is shown.
    public enum Output: String, Sendable, CaseIterable {
        /// That of failures, at once.
        case failures
        /// All of it.
        case all
        /// None of it.
        case none
        /// That of failures, at the end.
        case final
    }

    /// How it is shown.
    public struct Style: Sendable {
        /// Whether a line of progress is drawn.
        public var progress = false
        /// Whether colours are used.
        public var color = false
        /// What runs: `job` or `test`.
        public var noun = "job"
        /// Which output.
        public var output = Output.failures
        /// Only failures, and the totals.
        public var quiet = false
        /// What runs one job again: the job's name comes quoted for the shell behind it.
        public var again: String?
        /// When a job is said to be slow.
        public var slowAfter: Duration = .seconds(60)
        /// Whether sections of GitLab's log are made around output.
        public var gitlab = false
        /// Whether annotations of GitHub's are made for failures.
        public var github = false

        /// Makes the style of a plain log.
        public init() {}
    }

    let style: Style
    var planned = 0
    /// The names of the plan.
    private(set) var names: Set<String> = []
    private var seed: UInt64?
    private(set) var totals = SuiteTotals()
    var running: [(name: String, since: Duration, warned: Bool)] = []
    private(set) var failures: [(result: JobResult, output: String)] = []
    private(set) var flaky: [JobResult] = []
    /// Of those that are flaky the attempts that failed.
    private(set) var failedBefore: [String: [JobResult]] = [:]
    private(set) var leftOut: [JobResult] = []
    /// Limits that were not enforced, by their names, and in how many jobs.
    private(set) var unenforced: [String: Int] = [:]
    /// Failures after which another attempt was to come, with their output, and none has yet.
    private var retried: [(result: JobResult, output: String)] = []
    /// Whether failures are of an earlier run, which nothing was shown of.
    private var hasReplayed = false
    var expected: [String: Duration] = [:]
    private(set) var restExpected = Duration.zero
    private(set) var restUnknown = 0
    /// Whether each runs once, and so for as long as it is known for.
    private(set) var isOneRound = true
    /// Whether nobody knows how often.
    private(set) var isEndless = false

    /// Makes a terminal; `expected` are times from the last run.
    public init(style: Style, expected: [String: Duration] = [:]) {
        self.style = style
        self.expected = expected
    }

    /// How it stands.
    public var counts: SuiteTotals { totals }

    // MARK: Events

    /// The lines that an event makes, which stay; `now` is the time since the run began.
    public mutating func hear(_ event: SuiteEvent, isLast: Bool, at now: Duration) -> String {
        let text = lines(event, isLast: isLast, at: now)
        guard style.github else { return text }
        let isOver = if case .finished = event { true } else { false }
        return GitHubLog.withoutCommands(text) + (isOver ? annotations() : "")
    }

    private mutating func lines(_ event: SuiteEvent, isLast: Bool, at now: Duration) -> String {
        switch event {
        case .planned(let plan): return begin(plan)
        case .job(.jobStarting(let name, _, _)):
            running.append((name, now, false))
            return ""
        case .job(.jobStarted), .job(.jobReported): return ""
        case .job(.note(let text)): return style.quiet ? "" : note(text)
        case .job(.jobFinished(let result, let stdout, let stderr)):
            if let index = running.firstIndex(where: { $0.name == result.name }) { running.remove(at: index) }
            return end(result, stdout, stderr, isLast: isLast)
        case .finished(let totals): return finish(totals)
        }
    }

    /// Takes in a result that an earlier run had, and shows nothing of it before the end.
    public mutating func replay(_ event: SuiteEvent, isLast: Bool) {
        guard case .job(.jobFinished) = event else { return }
        let before = failures.count
        _ = hear(event, isLast: isLast, at: .zero)
        hasReplayed = hasReplayed || failures.count > before
    }

    private mutating func begin(_ plan: SuitePlan) -> String {
        planned = plan.count ?? plan.mine.count
        (isOneRound, isEndless) = (plan.rounds == 1, plan.count == nil)
        names = Set(plan.names)
        for index in plan.mine {
            if let time = expected[plan.names[index]] { restExpected += time } else { restUnknown += 1 }
        }
        seed = plan.seed
        guard !style.quiet else { return "" }
        var text = "running \(counted(planned, style.noun))"
        if let partition = plan.partition { text += " of \(plan.names.count) (partition \(partition))" }
        text += shuffled ?? ""
        if plan.resumed > 0 { text += "; \(plan.resumed) were done before" }
        return text + "\n"
    }

    private var shuffled: String? { seed.map { ", shuffled: --shuffle \($0) makes the same order" } }

    private mutating func end(
        _ result: JobResult,
        _ stdout: CapturedOutput,
        _ stderr: CapturedOutput,
        isLast: Bool
    ) -> String {
        // An attempt that was cancelled hides no failure, which is told at the end.
        let former = result.outcome == .cancelled ? retried.first { $0.result.name == result.name }?.result : nil
        let counted = result.counted(after: former)
        let hidesFailure = counted.outcome != result.outcome
        if isLast {
            totals.count(counted)
            for limit in result.unenforced { unenforced[limit.rawValue, default: 0] += 1 }
            if result.flaky {
                flaky.append(result)
                failedBefore[result.name] = retried.map(\.result).filter { $0.name == result.name }
            }
            if let time = expected[result.name] { restExpected -= min(time, restExpected) } else { restUnknown -= 1 }
        }
        let isGood = result.outcome == .passed
        if result.outcome == .cancelled, !hidesFailure { leftOut.append(result) }
        let wasNotRun = result.outcome == .cancelled && result.startup == nil
        guard !wasNotRun else { return "" }
        if !hidesFailure { retried.removeAll { $0.result.name == result.name } }
        let (warnings, output) = (warnings(result), shown(result, stdout, stderr))
        let isShown = !isGood || !style.quiet || !warnings.isEmpty || style.output == .all && !output.isEmpty
        var text = isShown ? opening(result, isLast: isLast) : ""
        if !isGood, !isLast, result.outcome != .cancelled {
            retried.append((result, style.output == .final ? output : ""))
        }
        for line in warnings { text += "    \(paint(line, .warning))\n" }
        switch style.output {
        case .none: break
        case .all: text += output
        case .failures where !isGood: text += output
        case .final where !isGood && isLast: failures.append((result, output))
        default: break
        }
        if !isGood, isLast, result.outcome != .cancelled {
            if style.output != .final { failures.append((result, "")) }
            text += again(result)
        }
        return text
    }

    // MARK: The end

    private mutating func finish(_ totals: SuiteTotals) -> String {
        var text = ""
        // The run ended before the attempt that was to come, or within it.
        for (result, output) in retried {
            text += opening(result, isLast: true) + again(result)
            failures.append((result, output))
        }
        retried = []
        for (result, output) in failures where !output.isEmpty {
            text += headline(result, isLast: true) + "\n" + output
        }
        if failures.count > 1 || (!failures.isEmpty && (planned > 20 || hasReplayed)) {
            text += "failed:\n"
            for (result, _) in failures { text += "  " + headline(result, isLast: true) + "\n" }
        }
        text += notRun() + notEnforced()
        text += summary(totals) + "\n"
        return text
    }

    private func summary(_ totals: SuiteTotals) -> String {
        var parts = [paint("\(totals.passed) passed", .good)]
        if totals.flaky > 0 { parts.append(paint("\(totals.flaky) of them flaky", .warning)) }
        if totals.failed > 0 { parts.append(paint("\(totals.failed) failed", .bad)) }
        if totals.skipped > 0 { parts.append("\(totals.skipped) skipped") }
        if totals.notRun > 0 { parts.append(paint("\(totals.notRun) not run", .warning)) }
        if totals.leaky > 0 { parts.append(paint("\(totals.leaky) left processes behind", .warning)) }
        let text = "\(counted(totals.total, style.noun)) in \(totals.duration.text): " + parts.joined(separator: ", ")
        // Nothing else has told of the order then.
        return text + (style.quiet ? shuffled ?? "" : "")
    }
}
