import IsorunModel
import Testing

/// A result with nothing but what a test is about.
func plainResult(
    _ name: String,
    _ outcome: Outcome = .passed,
    _ reason: String,
    attempt: Int = 1,
    taking duration: Duration = .seconds(1)
) -> JobResult {
    var result = JobResult(
        name: name,
        command: ["x"],
        outcome: outcome,
        reason: reason,
        startedAtUs: 0,
        duration: duration,
        host: HostSummary(kernel: "k", cgroup: "v2", rootless: false)
    )
    result.attempt = attempt
    result.flaky = outcome == .passed && attempt > 1
    return result
}
