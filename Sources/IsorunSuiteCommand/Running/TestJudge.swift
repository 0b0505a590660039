import IsorunFrameworks
import IsorunModel

/// Makes a result for each test out of how its container ended and what the framework said.
///
/// The kernel's evidence outweighs the framework's: what ended a container is told of the test that ran in it then.
enum TestJudge {
    /// A test's result, before it has its name.
    struct Judgement {
        var test: Int
        var result: JobResult
    }

    /// - Parameters:
    ///   - container: the result of the container.
    ///   - count: how many tests it was to run.
    ///   - reports: what the framework said, in order.
    ///   - trustsExitCode: whether exit code 0 says that a lone test passed.
    ///   - failureExitCode: the exit code of a framework of which a test failed; nil where it may be any.
    ///   - isWhole: whether the framework's word is all there. Where its middle is lost, a test that others came after
    ///     has ended, and is run again in another container to learn how.
    ///   - leaksFail: whether what is left behind makes a test fail.
    ///   - mayBeNone: whether there may be no judgement, as all that is left is run in another way.
    /// - Returns: a judgement for each test that was reached; at least one, so that a run of the others comes to its end.
    static func judge(
        _ container: JobResult,
        count: Int,
        reports: [TestReport],
        trustsExitCode: Bool,
        failureExitCode: Int32? = nil,
        isWhole: Bool = true,
        leaksFail: Bool = false,
        mayBeNone: Bool = false
    ) -> [Judgement] {
        var last: [Int: TestReport] = [:]
        var order: [Int] = []
        for report in reports where report.test < count {
            if last[report.test] == nil { order.append(report.test) }
            last[report.test] = report
        }
        if !isWhole {
            for test in order.dropLast() where last[test]?.status == .started { last[test] = nil }
        }
        // Nothing of the job ran: that is no test's fault, and all of them have the same reason.
        if container.outcome == .setupFailed || container.outcome == .cancelled && last.isEmpty {
            return (0..<count).map { Judgement(test: $0, result: container) }
        }
        // What told of its end was not killed itself: the kernel's kill comes before isorun's.
        if count > 1, container.outcome == .outOfMemory, let end = order.last, last[end]?.isFailure == true,
            !last.values.contains(where: { $0.status == .started })
        {
            last[end]?.status = .started
        }
        let isAlone = count == 1
        let isEverybodys = isAlone || isEverybodys(container, failureExitCode, reports: Array(last.values))
        let share = share(of: container.duration, reports: Array(last.values))
        var judgements = order.compactMap { test in
            last[test].map {
                Judgement(
                    test: test,
                    result: result($0, container, isAlone: isAlone, isEverybodys: isEverybodys, share)
                )
            }
        }
        if !isAlone {
            for index in leakers(among: judgements.map(\.result), leaksFail) {
                judgements[index].result.events.leakedProcesses = container.events.leakedProcesses
                judgements[index].result.leaked = container.leaked
            }
        }
        if judgements.isEmpty, !mayBeNone {
            judgements = [Judgement(test: 0, result: unreported(container, trustsExitCode && isAlone))]
        }
        return judgements
    }

    /// Tests of which any may have ended their container, and each has to be run alone to know: those that ran at the
    /// same time then, where the framework's word is all there, or all of them, where it says nothing of any.
    static func suspects(_ container: JobResult, count: Int, reports: [TestReport], isWhole: Bool = true) -> Set<Int> {
        guard count > 1, container.outcome != .setupFailed, container.outcome != .cancelled else { return [] }
        var last: [Int: TestReport] = [:]
        for report in reports where report.test < count { last[report.test] = report }
        if last.isEmpty { return Set(0..<count) }
        // What is lost of its word may have been an end.
        guard isWhole else { return [] }
        let open = last.values.filter { $0.status == .started }.map(\.test)
        return open.count > 1 ? Set(open) : []
    }

    // What is left behind at the container's end is anybody's who was in it. Where that fails it is told of all that
    // passed, so that all of them are run again; where it only warns, once: of the last.
    private static func leakers(among results: [JobResult], _ leaksFail: Bool) -> [Int] {
        let passed = results.indices.filter { results[$0].outcome == .passed && results[$0].skipped == nil }
        return leaksFail && !passed.isEmpty ? passed : results.indices.suffix(1)
    }

    // An end of the container that no test of it accounts for says of all that passed there that they may not have:
    // nobody knows whose doing it is. To leave it out would call a run passed that the framework itself calls failed.
    private static func isEverybodys(
        _ container: JobResult,
        _ failureExitCode: Int32?,
        reports: [TestReport]
    ) -> Bool {
        switch container.outcome {
        case .passed, .cancelled: return false
        // Nothing that came out of it is certain.
        case .tampered: return true
        case .failed where reports.contains(where: \.isFailure):
            return failureExitCode.map { $0 != container.exitCode } ?? false
        default: return !reports.contains { $0.status == .started }
        }
    }

    // Of the container's time what no test is known to have taken goes to those whose time is not known, in equal
    // parts: libtest and exec's commands tell none.
    private static func share(of time: Duration, reports: [TestReport]) -> Duration {
        let known = reports.compactMap(\.duration).reduce(.zero, +)
        let unknown = reports.count { $0.duration == nil }
        return unknown == 0 ? .zero : max(.zero, time - known) / unknown
    }

    private static func result(
        _ report: TestReport,
        _ container: JobResult,
        isAlone: Bool,
        isEverybodys: Bool,
        _ share: Duration
    ) -> JobResult {
        var result = container
        let end = isAlone ? container.reason : "the container that it shared: \(container.reason)"
        result.duration = report.duration ?? share
        switch report.status {
        case .started:
            result = unfinished(result)
            if !isAlone { forgetFigures(&result) }
            return result
        case .passed where !isEverybodys || container.outcome == .passed:
            result.outcome = .passed
            result.reason = "passed"
        case .passed:
            result.reason = "the test passed, and then: \(end)"
        case .failed(let message) where !isAlone || [.passed, .failed].contains(container.outcome):
            result.outcome = .failed
            result.reason = message
        case .failed: break
        case .skipped(let reason) where !isEverybodys || container.outcome == .passed:
            result.outcome = .passed
            result.reason = "skipped"
            result.skipped = reason
        case .skipped:
            result.reason = "the test was skipped, and then: \(end)"
        }
        guard !isAlone else { return result }
        if result.outcome == container.outcome && container.outcome != .passed && isEverybodys {
            forgetFigures(&result)
        } else {
            forgetEnd(&result)
        }
        return result
    }

    // In a container of many the end is nobody's who had ended before.
    private static func forgetEnd(_ result: inout JobResult) {
        result.exitCode = nil
        result.signal = nil
        result.timedOut = nil
        result.coreDumped = false
        result.limitsHit = []
        result.events = EventCounts()
        forgetFigures(&result)
    }

    // What a container of many used is no test's, and what no test used is not known.
    private static func forgetFigures(_ result: inout JobResult) {
        result.resources = ResourceUsage()
        result.leaked = []
        result.events.leakedProcesses = nil
    }

    private static func unfinished(_ container: JobResult) -> JobResult {
        var result = container
        switch container.outcome {
        case .passed:
            result.outcome = .failed
            result.reason = "the process ended with exit code 0 before the test had ended"
        case .failed:
            result.reason = "the process ended before the test had: \(container.reason)"
        default: break
        }
        return result
    }

    private static func unreported(_ container: JobResult, _ trustsExitCode: Bool) -> JobResult {
        var result = container
        guard !trustsExitCode else { return result }
        switch container.outcome {
        case .passed:
            result.outcome = .failed
            result.reason = "the framework ended with exit code 0 and says nothing of this test"
        case .failed:
            result.reason = "the framework says nothing of this test: \(container.reason)"
        default: break
        }
        return result
    }
}

extension TestReport {
    fileprivate var isFailure: Bool { if case .failed = status { true } else { false } }
}
