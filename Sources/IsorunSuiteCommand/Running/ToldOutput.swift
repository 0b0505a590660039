import Isorun
import IsorunModel

/// What each test is told with of what its container wrote, and its services.
///
/// All of it is told once: of many that fail in one container each would repeat what all of them wrote.
struct ToldOutput {
    private let job: FinishedJob
    private let isShared: Bool
    private let kept: Int
    /// Whose result has it.
    private var teller: String?
    private var serviceWords: [UInt8]

    init(of job: FinishedJob, isShared: Bool, keeping kept: Int) {
        (self.job, self.isShared, self.kept) = (job, isShared, kept)
        serviceWords = job.serviceOutput
    }

    /// - Parameters:
    ///   - result: the test's.
    ///   - own: finds its own text, where the framework keeps that apart.
    /// - Returns: what reports keep of both streams.
    mutating func output(
        of result: JobResult,
        own: () -> CapturedOutput?
    ) -> (out: CapturedOutput, err: CapturedOutput) {
        let isFailure = result.outcome != .passed
        var output = (out: CapturedOutput(), err: CapturedOutput())
        if !isShared || isFailure { output = containers(result, own) }
        guard isFailure else { return output }
        output.err = output.err.followed(by: serviceWords)
        serviceWords = []
        return output
    }

    private mutating func containers(
        _ result: JobResult,
        _ own: () -> CapturedOutput?
    ) -> (out: CapturedOutput, err: CapturedOutput) {
        if isShared, let own = own() { return (own, CapturedOutput()) }
        guard let teller else {
            teller = result.name
            return (job.stdout.trimmed(to: kept), job.stderr.trimmed(to: kept))
        }
        let text = "what its container wrote stands with \(teller)\n"
        return (CapturedOutput(head: Array(text.utf8), tail: [], omitted: 0), CapturedOutput())
    }
}
