import IsorunFrameworks
import IsorunModel
import IsorunProgress

/// The tests of a suite's job that could not be built or listed: one result, beside those of the other jobs.
struct UnbuiltTests: Sendable {
    /// What stands for all of them.
    let test: TestID
    let result: JobResult
    let stdout: CapturedOutput
    let stderr: CapturedOutput

    /// Takes what the reports are to say of a failure; nil where that is the run's own, and not the package's.
    init?(_ failure: Failure, of job: String) {
        guard failure.code == 1 else { return nil }
        for case .job(let event) in failure.events {
            guard case .jobFinished(let result, let stdout, let stderr) = event else { continue }
            test = .unbuilt(classname: job, runner: "")
            (self.result, self.stdout, self.stderr) = (result, stdout, stderr)
            return
        }
        return nil
    }
}
