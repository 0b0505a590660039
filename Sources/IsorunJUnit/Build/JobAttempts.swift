import IsorunModel

/// One attempt of a job, with its output as text.
struct Attempt: Sendable {
    var result: JobResult
    var stdout: String
    var stderr: String
}

/// All attempts of a job, which make one test case together.
struct JobAttempts: Sendable {
    private var all: [Attempt]
    private(set) var last: Attempt

    init(_ first: Attempt) {
        all = [first]
        last = first
    }

    mutating func append(_ attempt: Attempt) {
        all.append(attempt)
        last = attempt
    }

    /// The test case that all attempts make together.
    ///
    /// As Surefire has it: the attempt that passed with those before it as flaky ones, or the first that did not pass
    /// with those after it as reruns. A cancelled attempt hides no failure.
    func testcase(classname: String) -> JUnitCase {
        let problems = all.filter { $0.result.outcome != .passed && $0.result.outcome != .cancelled }
        let passed = last.result.outcome == .passed
        let main = passed ? last : problems.first ?? last
        let others = passed ? problems[...] : problems.dropFirst()
        let seconds = main.result.duration.milliseconds / 1000
        let status = CaseStatus.of(main.result)
        let name = main.result.testcase ?? TestcaseName(classname: classname, name: main.result.name)
        var testcase = JUnitCase(name: name.name, classname: name.classname, seconds: seconds, status: status)
        testcase.properties = CaseProperties.of(main.result, attempts: all.count)
        testcase.reruns = others.map { attempt in
            let isError = attempt.result.outcome == .setupFailed
            let kind: JUnitRerun.Kind =
                passed ? (isError ? .flakyError : .flakyFailure) : (isError ? .rerunError : .rerunFailure)
            let problem = CaseStatus.problem(attempt.result)
            return JUnitRerun(kind: kind, problem: problem, stdout: attempt.stdout, stderr: attempt.stderr)
        }
        testcase.stdout = main.stdout
        testcase.stderr = main.stderr
        return testcase
    }
}

/// How outcomes map to JUnit's three kinds of not passing.
enum CaseStatus {
    static func of(_ result: JobResult) -> JUnitCase.Status {
        switch result.outcome {
        case .passed: result.skipped.map { .skipped($0) } ?? .passed
        case .failed, .signaled, .timedOut, .outOfMemory, .outputLimit, .seccompViolation, .tampered:
            .failure(problem(result))
        case .setupFailed: .error(problem(result))
        case .cancelled: .skipped(result.reason)
        }
    }

    static func problem(_ result: JobResult) -> JUnitProblem {
        var details = [result.reason]
        if !result.limitsHit.isEmpty {
            details.append("limits hit: " + result.limitsHit.map(\.rawValue).joined(separator: ", "))
        }
        if let count = result.events.leakedProcesses, count > 0 {
            let names = result.leaked.isEmpty ? "" : ": " + result.leaked.joined(separator: ", ")
            details.append("still alive when the job ended: \(count)\(names)")
        }
        if !result.unenforced.isEmpty {
            details.append("not enforced on this host: " + result.unenforced.map(\.rawValue).joined(separator: ", "))
        }
        let text = details.joined(separator: "\n")
        return JUnitProblem(type: result.outcome.rawValue, message: result.reason, details: text)
    }
}
