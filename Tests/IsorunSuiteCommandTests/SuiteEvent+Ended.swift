import IsorunModel
import IsorunProgress

extension SuiteEvent {
    /// A job's end, as a run tells it.
    static func ended(_ name: String, _ outcome: Outcome = .passed, attempt: Int = 1) -> SuiteEvent {
        var result = JobResult(
            name: name,
            command: ["x"],
            outcome: outcome,
            reason: "r",
            startedAtUs: 0,
            duration: .seconds(1),
            host: HostSummary(kernel: "k", cgroup: "v2", rootless: false)
        )
        result.attempt = attempt
        return .job(.jobFinished(result, stdout: .init(), stderr: .init()))
    }
}
