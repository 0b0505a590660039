import Glibc
import Isorun
import IsorunFrameworks
import IsorunModel
import IsorunProgress
import IsorunRunner
import IsorunSandbox
import IsorunSystem
import Synchronization
import SystemPackage

/// Runs a unit's attempt in a container of its own, on a thread of the runner's.
struct UnitExecutor: Sendable {
    var units: [WorkUnit]
    var cancellation: Cancellation
    /// Where frameworks' reports are copied to.
    var scratch: FilePath
    var retries: Int
    var failsOnLeaks: Bool
    /// What their containers have in common.
    let commons: RunCommons
    /// Jobs of which nothing ran, by isorun's own fault or the host's.
    let ownFailures = OwnFailures()

    // Enough to read a framework's text from, of one test and of many, and enough of it for the reports.
    private static let read = 1 << 20
    private static let readOfMany = 16 << 20
    private static let kept = 1 << 16

    /// Runs it to its end, once its turn has come; `clears` hears that nothing of it computes any more.
    func run(
        _ start: RunMachine.Start,
        _ turn: Turn?,
        _ tell: (RunEvent) -> Void,
        _ clears: @escaping @Sendable () -> Void
    ) -> ItemVerdict {
        let unit = units[start.item]
        let wanted = unit.begin(start)
        guard !wanted.isEmpty else { return unit.end([]) }
        switch unit.work {
        case .job(let spec): return run(spec, unit, start, turn, tell, clears)
        case .tests(let work): return run(work, wanted, unit, start, turn, tell, clears)
        }
    }

    private func container(
        _ spec: JobSpec,
        capture: Int,
        attendant: (any JobAttendant)? = nil,
        _ turn: Turn?,
        _ clears: @escaping @Sendable () -> Void,
        begins: () -> Void,
        _ events: (RunEvent) -> Void
    ) -> FinishedJob {
        var runner = JobRunner()
        runner.onlookers = Onlookers(standardOutput: nil, standardError: nil)
        runner.onlookers.cancellation = cancellation
        // Its services run on, and who carries its ports holds these, until the container is gone.
        if spec.services.isEmpty && spec.ports.isEmpty { runner.onlookers.jobIsGone = clears }
        runner.capturedBytes = capture
        runner.turn = turn
        runner.commons = commons
        // Who waits for his turn begins when it has come, and at the latest with his end.
        if turn == nil { begins() }
        let job = runner.run(spec, attendant: attendant) { event in
            if case .jobStarting = event { begins() }
            events(event)
        }
        if !job.wasSentBack { begins() }
        if job.result.outcome == .setupFailed && job.exitCode == 125 { ownFailures.add() }
        return job
    }

    private func report(_ job: FinishedJob, _ name: String, _ tell: (RunEvent) -> Void) {
        guard let failure = job.writesFailure else { return }
        ownFailures.add()
        tell(.note("\(name): the list of writes: \(failure)"))
    }

    private func tellReports(of job: FinishedJob, as name: String, _ tell: (RunEvent) -> Void) {
        for var report in job.ownReports {
            report.job = name
            tell(.jobReported(report))
        }
    }

    // MARK: Jobs

    private func run(
        _ spec: JobSpec,
        _ unit: WorkUnit,
        _ start: RunMachine.Start,
        _ turn: Turn?,
        _ tell: (RunEvent) -> Void,
        _ clears: @escaping @Sendable () -> Void
    ) -> ItemVerdict {
        let name = Self.name(unit.names[0], start)
        func tellStart() {
            guard unit.announce(0) else { return }
            tell(.jobStarting(name: name, attempt: start.attempt, atUs: Clock.wallMicroseconds))
        }
        var spec = spec
        spec.name = name
        let job = container(spec, capture: Self.kept, turn, clears, begins: tellStart) { event in
            switch event {
            case .jobStarted, .note: tell(event)
            default: break
            }
        }
        if job.wasSentBack { return .unfinished }
        report(job, name, tell)
        if isFullHost(job.result), !unit.noteFullHost() {
            tell(.note("\(name) is run again alone: \(job.result.reason)"))
            return .hostOutOfMemory
        }
        tellReports(of: job, as: name, tell)
        let result = finish(job.result, name, start)
        tell(.jobFinished(result, stdout: job.stdout, stderr: job.stderr))
        return verdict([(0, result)], unit)
    }

    // MARK: Tests

    private func run(
        _ work: WorkUnit.TestWork,
        _ wanted: [Int],
        _ unit: WorkUnit,
        _ start: RunMachine.Start,
        _ turn: Turn?,
        _ tell: (RunEvent) -> Void,
        _ clears: @escaping @Sendable () -> Void
    ) -> ItemVerdict {
        let tests = wanted.map { work.tests[$0] }
        let command = work.framework.run(tests, work.package)
        var spec = work.base
        spec.command = command.arguments.map { ByteString($0) }
        spec.process.environment += command.environment.map {
            .init(name: ByteString($0.key), value: ByteString($0.value))
        }
        // Where many share a container, it is told under the name of the first.
        let shown = Self.name(unit.names[wanted[0]], start)
        spec.name = shown
        var watch: TestWatch?
        if tests.count > 1 {
            let limits = TestWatch.Limits(time: spec.limits.timeout, output: spec.limits.outputOfOne)
            watch = TestWatch(limits, of: work.framework, report: command.report)
            spec.limits.timeout = limits.time.map { $0 * tests.count }
            spec.limits.allowOutput(of: tests.count)
        }
        let copy = command.report.map { _ in scratch.appending("unit\(start.item)") }
        if let report = command.report { spec.collect(report: report, to: copy) }
        var isNew = false
        func tellStart() {
            guard unit.announce(wanted[0]) else { return }
            isNew = true
            tell(.jobStarting(name: shown, attempt: start.attempt, atUs: Clock.wallMicroseconds))
        }
        var startup: Startup?
        let capture = tests.count > 1 ? Self.readOfMany : Self.read
        var job = container(spec, capture: capture, attendant: watch, turn, clears, begins: tellStart) { event in
            switch event {
            case .jobStarted(_, let taken): startup = taken
            case .note: tell(event)
            default: break
            }
        }
        if job.wasSentBack { return .unfinished }
        watch?.tell(&job.result)
        self.report(job, shown, tell)
        if isNew, let startup { tell(.jobStarted(name: shown, startup: startup)) }
        let report = copy.flatMap { HostReport(taking: $0, upTo: watch?.reportEnd) }
        if report == nil, command.report != nil, let failure = job.copyFailure {
            // What the framework said would be taken for never said.
            job.result.outcome = .setupFailed
            job.result.reason = "what \(work.framework.name) reported could not be kept: \(failure)"
            ownFailures.add()
        }
        if isFullHost(job.result), !unit.noteFullHost() {
            tell(.note("\(shown) is run again alone: \(job.result.reason)"))
            return .hostOutOfMemory
        }
        var evidence = TestEvidence(
            stdout: watch?.text(of: job.stdout) ?? job.stdout.text,
            stderr: job.stderr.text,
            report: report?.lines,
            exitCode: job.result.exitCode
        )
        evidence.secret = command.secret
        let reports = work.framework.read(evidence, of: tests)
        let isWhole = report?.isWhole ?? (job.stdout.omitted == 0)
        // What is lost of the framework's word may have been an end.
        let suspects = isWhole ? TestJudge.suspects(job.result, count: tests.count, reports: reports) : []
        unit.suspect(suspects.map { wanted[$0] })
        let judgements = TestJudge.judge(
            job.result,
            count: tests.count,
            reports: reports.filter { !suspects.contains($0.test) },
            trustsExitCode: work.framework.trustsExitCode,
            failureExitCode: work.framework.failureExitCode,
            isWhole: isWhole,
            leaksFail: failsOnLeaks,
            mayBeNone: !suspects.isEmpty
        )
        var ended: [(Int, JobResult)] = []
        if let first = judgements.first {
            tellReports(of: job, as: Self.name(unit.names[wanted[first.test]], start), tell)
        }
        for judgement in judgements {
            let index = wanted[judgement.test]
            let isShared = tests.count > 1
            var result = finish(judgement.result, Self.name(unit.names[index], start), start, isShared: isShared)
            result.command = judgement.test == 0 || tests.count == 1 ? result.command : []
            // What the framework was to report, and where, is isorun's own affair.
            result.collected.removeAll { report != nil || command.report == nil || $0.path == command.report }
            result.testcase = unit.testcase(index)
            result.testcase?.name = Self.name(work.tests[index].name, start)
            let isShown = tests.count == 1 || result.outcome != .passed
            tell(
                .jobFinished(
                    result,
                    stdout: isShown ? job.stdout.trimmed(to: Self.kept) : CapturedOutput(),
                    stderr: isShown ? job.stderr.trimmed(to: Self.kept) : CapturedOutput()
                )
            )
            ended.append((index, result))
        }
        return verdict(ended, unit)
    }

    // MARK: Results

    private static func name(_ name: String, _ start: RunMachine.Start) -> String {
        RoundName(name, round: start.round).text
    }

    private func finish(
        _ result: JobResult,
        _ name: String,
        _ start: RunMachine.Start,
        isShared: Bool = false
    ) -> JobResult {
        var result = result
        result.name = name
        result.attempt = start.attempt
        if failsOnLeaks, result.outcome == .passed, let count = result.events.leakedProcesses, count > 0 {
            (result.outcome, result.skipped) = (.failed, nil)
            let names = result.leaked.joined(separator: ", ")
            let who = isShared ? "it, or another test of the same container," : "it"
            result.reason = "\(who) left \(count) process\(count == 1 ? "" : "es") behind: \(names)"
        }
        result.flaky = result.outcome == .passed && start.attempt > 1
        return result
    }

    private func verdict(_ results: [(Int, JobResult)], _ unit: WorkUnit) -> ItemVerdict {
        if results.contains(where: { $0.1.outcome == .cancelled }) { return .cancelled }
        return unit.end(results.map { ($0.0, $0.1.outcome == .passed) })
    }

    // The verdict says it in words; the counts say it for sure: killed for memory, and not at its own limit.
    private func isFullHost(_ result: JobResult) -> Bool {
        result.outcome == .setupFailed && (result.events.oomKills ?? 0) > 0
    }
}

/// A count that all threads add to.
final class OwnFailures: Sendable {
    private let counter = Mutex(0)
    var count: Int { counter.withLock { $0 } }
    func add() { counter.withLock { $0 += 1 } }
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

extension CapturedOutput {
    /// What was kept, as it is read: a line that lost its middle is two.
    var text: [UInt8] { omitted == 0 ? head + tail : head + [UInt8(ascii: "\n")] + tail }

    /// The same with less of its middle.
    func trimmed(to limit: Int) -> CapturedOutput {
        if omitted == 0 && head.count + tail.count <= 2 * limit { return self }
        let end = tail.isEmpty ? Array(head.suffix(limit)) : Array(tail.suffix(limit))
        let start = Array(head.prefix(limit))
        let lost = UInt64(head.count + tail.count - start.count - end.count)
        return CapturedOutput(head: start, tail: end, omitted: omitted + lost)
    }
}
