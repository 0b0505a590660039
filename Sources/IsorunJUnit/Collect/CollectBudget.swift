/// Reads the reports of a whole run, and bounds what they may have together.
public struct CollectBudget: Sendable {
    private var files = 1000
    private var cases = 200_000
    private var textBytes = 64 << 20
    private var time = Duration.seconds(30)
    private let limits: CollectLimits

    /// Makes a budget of which nothing is spent.
    public init(limits: CollectLimits = CollectLimits()) { self.limits = limits }

    /// Reads one file, whatever its bytes are, with what the files before it left of the budget.
    public mutating func read(_ bytes: [UInt8], job: String, path: String) -> CollectedReport {
        guard files > 0, cases > 0, time > .zero else {
            let reason = "the reports before it have used up what a run may have, 1000 files, 200000 cases or 30 s"
            return CollectedReport(job: job, path: path, refusal: reason)
        }
        var limits = limits
        limits.cases = min(limits.cases, cases)
        limits.totalTextBytes = min(limits.totalTextBytes, textBytes)
        limits.time = min(limits.time, time)
        let start = ContinuousClock.now
        let report = CollectedReport(reading: bytes, job: job, path: path, limits: limits)
        files -= 1
        time -= .now - start
        cases -= report.suites.reduce(0) { $0 + $1.cases.count }
        textBytes -= report.suites.reduce(0) { $0 + $1.cases.reduce(0) { $0 + $1.textBytes } }
        textBytes = max(textBytes, 0)
        return report
    }
}

extension JUnitCase {
    /// Roughly the bytes of text it holds.
    fileprivate var textBytes: Int {
        let problem: Int =
            switch status {
            case .passed: 0
            case .failure(let problem), .error(let problem): problem.details.utf8.count + problem.message.utf8.count
            case .skipped(let message): message.utf8.count
            }
        let reruns = reruns.reduce(0) {
            $0 + $1.problem.details.utf8.count + $1.stdout.utf8.count + $1.stderr.utf8.count
        }
        return name.utf8.count + classname.utf8.count + stdout.utf8.count + stderr.utf8.count + problem + reruns
    }
}
