import Glibc
import IsorunModel
import IsorunProgress
import IsorunReporting
import IsorunRunner
import IsorunSystem

/// The reports of a run that ended before its tests were known: they say so, where a CI would else show nothing at all.
enum EarlyEnd {
    /// The events of such a run: one result, which is no pass.
    static func events(_ result: JobResult, stdout: CapturedOutput, stderr: CapturedOutput) -> [SuiteEvent] {
        var totals = SuiteTotals()
        totals.count(result)
        totals.duration = result.duration
        let end = RunEvent.jobFinished(result, stdout: stdout, stderr: stderr)
        var plan = SuitePlan(names: [result.name])
        plan.isUnplanned = true
        return [.planned(plan), .job(end), .finished(totals)]
    }

    /// The events where no container is to blame.
    static func events(_ name: String, _ reason: String) -> [SuiteEvent] {
        let result = JobResult(
            name: name,
            command: [],
            outcome: .setupFailed,
            reason: reason,
            startedAtUs: Clock.wallMicroseconds,
            duration: .zero,
            host: HostSummary(kernel: "", cgroup: "none", rootless: geteuid() != 0)
        )
        return events(result, stdout: CapturedOutput(), stderr: CapturedOutput())
    }

    // By it `merge` tells which one of several lacks its results.
    private static func withPartition(_ event: SuiteEvent, _ options: RunnerOptions) -> SuiteEvent {
        guard case .planned(var plan) = event else { return event }
        plan.partition = options.partition.flatMap { RunnerOptions.partition($0) }?.description
        return .planned(plan)
    }

    // All else that a terminal would show was told when it failed.
    private static func tellGitHub(_ events: [SuiteEvent]) {
        let style = Screen.style(output: .none, quiet: true, slowAfter: .seconds(60), again: "")
        guard style.github, case .finished(let totals) = events.last else { return }
        var terminal = SuiteTerminal(style: style)
        for event in events { _ = terminal.hear(event, isLast: true, at: .zero) }
        Say.asIs(terminal.annotations())
        StepSummary.append(terminal, totals)
    }

    /// Writes the reports that were asked for: the exit code, which is isorun's own failure where one cannot be written.
    static func report(_ failure: Failure, _ options: RunnerOptions) -> Int32 {
        let events = failure.events.map { withPartition($0, options) }
        guard !events.isEmpty else { return failure.code }
        if options.resume {
            // They hold what was finished, which is to be gone on with.
            tellGitHub(events)
            return failure.code
        }
        do throws(ReportingError) {
            let consumers = try Consumers(options.reports)
            for event in events { consumers.hear(event, line: SuiteEventDocument.line(event)) }
            tellGitHub(events)
            let problems = consumers.finish()
            for problem in problems { Say.error("cannot write the report \(problem)") }
            return problems.isEmpty || failure.code == 130 ? failure.code : 125
        } catch {
            Say.error("\(error)")
            return 125
        }
    }
}
