import Isorun
import IsorunFrameworks
import IsorunModel
import IsorunSandbox
import SystemPackage

/// One attempt at tests that share a container: what it is given to run, and what that says of each.
struct TestAttempt {
    let tests: [TestID]
    let framework: any Framework
    let command: TestCommand
    let spec: JobSpec
    /// Tells where many are what each of them takes; one alone has the container's own limits.
    let watch: TestWatch?
    /// Where the framework's report is copied to.
    private let copy: FilePath?

    /// Whether a container has several tests.
    var isShared: Bool { tests.count > 1 }

    init(at tests: [TestID], of work: WorkUnit.TestWork, named name: String, reportTo copy: FilePath) {
        self.tests = tests
        framework = work.framework
        command = work.framework.run(tests, work.package)
        self.copy = command.report == nil ? nil : copy
        var spec = work.base
        spec.name = name
        spec.command = command.arguments.map { ByteString($0) }
        spec.process.environment += command.environment.map {
            .init(name: ByteString($0.key), value: ByteString($0.value))
        }
        if tests.count > 1 {
            let limits = TestWatch.Limits(time: spec.limits.timeout, output: spec.limits.outputOfOne)
            watch = TestWatch(limits, of: framework, report: command.report)
            spec.limits.timeout = limits.time.map { $0 * tests.count }
            spec.limits.allowOutput(of: tests.count)
        } else {
            watch = nil
        }
        spec.collection.keepApart(by: name)
        if let report = command.report { spec.collect(report: report, to: self.copy) }
        self.spec = spec
    }

    /// What the framework said of its tests.
    struct Word {
        var reports: [TestReport]
        /// Whether all of it is there.
        var isWhole: Bool
        /// Whether isorun could not keep it.
        var isLost = false
    }

    /// Reads the framework's word, and has the job's result say what its tests took too much of, or that the word is
    /// lost: what it said would else be taken for never said.
    func word(in job: inout FinishedJob) -> Word {
        watch?.tell(&job.result)
        let report = copy.flatMap { HostReport(taking: $0, upTo: watch?.reportEnd) }
        var isLost = false
        if report == nil, command.report != nil, let failure = job.copyFailure {
            job.result.outcome = .setupFailed
            job.result.reason = "what \(framework.name) reported could not be kept: \(failure)"
            isLost = true
        }
        var evidence = TestEvidence(
            stdout: watch?.text(of: job.stdout) ?? job.stdout.text,
            stderr: job.stderr.text,
            report: report?.lines,
            exitCode: job.result.exitCode
        )
        evidence.secret = command.secret
        return Word(
            reports: framework.read(evidence, of: tests),
            isWhole: report?.isWhole ?? (job.stdout.omitted == 0),
            isLost: isLost
        )
    }

    /// What the framework tells a person of a test, apart from all else that its container wrote.
    func output(of test: Int, in word: Word) -> CapturedOutput? {
        let text = word.reports.last { $0.test == test }?.output
        return text.map { CapturedOutput(head: Array($0.utf8), tail: [], omitted: 0) }
    }

    /// What was copied out for the user; where the framework reports to is isorun's own affair.
    func artifacts(of job: FinishedJob) -> [CollectedFile] {
        job.result.collected.filter { $0.path != command.report }
    }

    /// What came of each test that was reached, and which have to be run alone to tell.
    func judge(
        _ job: FinishedJob,
        _ word: Word,
        failsOnLeaks: Bool
    ) -> (judgements: [TestJudge.Judgement], suspects: Set<Int>) {
        let suspects = TestJudge.suspects(
            job.result,
            count: tests.count,
            reports: word.reports,
            isWhole: word.isWhole
        )
        let judgements = TestJudge.judge(
            job.result,
            count: tests.count,
            reports: word.reports.filter { !suspects.contains($0.test) },
            trustsExitCode: framework.trustsExitCode,
            failureExitCode: framework.failureExitCode,
            isWhole: word.isWhole,
            leaksFail: failsOnLeaks,
            mayBeNone: !suspects.isEmpty
        )
        return (judgements, suspects)
    }
}

extension LimitSpec {
    /// What a test alone may write; 64 MiB is what a job has without the option.
    var outputOfOne: ByteCount { maxOutput ?? ByteCount(64 << 20) }

    /// What each may write, all of them together may.
    mutating func allowOutput(of count: Int) {
        let (sum, overflow) = outputOfOne.bytes.multipliedReportingOverflow(by: UInt64(count))
        maxOutput = ByteCount(overflow ? .max : sum)
    }
}
