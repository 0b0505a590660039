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
    /// Jobs of which nothing ran at last, by isorun's own fault or the host's.
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
        case .unbuilt(let tests): return self.tell(of: tests, unit, start, turn, tell)
        }
    }

    private func tell(
        of tests: UnbuiltTests,
        _ unit: WorkUnit,
        _ start: RunMachine.Start,
        _ turn: Turn?,
        _ tell: (RunEvent) -> Void
    ) -> ItemVerdict {
        guard turn?.wait() ?? true else { return .unfinished }
        let name = Self.name(unit.names[0], start)
        tell(.jobStarting(name: name, attempt: start.attempt, atUs: Clock.wallMicroseconds))
        var result = finish(tests.result, name, start)
        result.testcase = unit.testcase(0)
        result.testcase?.name = Self.name(tests.test.name, start)
        tell(.jobFinished(result, stdout: tests.stdout, stderr: tests.stderr))
        return verdict([(0, result)], unit)
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
        return job
    }

    private func report(_ job: FinishedJob, _ name: String, _ tell: (RunEvent) -> Void) {
        guard let failure = job.writesFailure else { return }
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
        ownFailures.note(name, isOwn(result, of: job))
        let words = result.outcome == .passed ? [] : job.serviceOutput
        tell(.jobFinished(result, stdout: job.stdout, stderr: job.stderr.followed(by: words)))
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
        // Where many share a container, it is told under the name of the first.
        let shown = Self.name(unit.names[wanted[0]], start)
        let attempt = TestAttempt(
            at: wanted.map { work.tests[$0] },
            of: work,
            named: shown,
            reportTo: scratch.appending("unit\(start.item)")
        )
        var isNew = false
        func tellStart() {
            guard unit.announce(wanted[0]) else { return }
            isNew = true
            tell(.jobStarting(name: shown, attempt: start.attempt, atUs: Clock.wallMicroseconds))
        }
        var startup: Startup?
        let capture = attempt.isShared ? Self.readOfMany : Self.read
        var job = container(
            attempt.spec,
            capture: capture,
            attendant: attempt.watch,
            turn,
            clears,
            begins: tellStart
        ) { event in
            switch event {
            case .jobStarted(_, let taken): startup = taken
            case .note: tell(event)
            default: break
            }
        }
        if job.wasSentBack { return .unfinished }
        report(job, shown, tell)
        if isNew, let startup { tell(.jobStarted(name: shown, startup: startup)) }
        let word = attempt.word(in: &job)
        if isFullHost(job.result), !unit.noteFullHost() {
            tell(.note("\(shown) is run again alone: \(job.result.reason)"))
            return .hostOutOfMemory
        }
        let (judgements, suspects) = attempt.judge(job, word, failsOnLeaks: failsOnLeaks)
        unit.suspect(suspects.map { wanted[$0] })
        guard let first = judgements.first else { return verdict([], unit) }
        tellReports(of: job, as: Self.name(unit.names[wanted[first.test]], start), tell)
        var ended: [(Int, JobResult)] = []
        var told = ToldOutput(of: job, isShared: attempt.isShared, keeping: Self.kept)
        for judgement in judgements {
            let index = wanted[judgement.test]
            var result = finish(
                judgement.result,
                Self.name(unit.names[index], start),
                start,
                isShared: attempt.isShared
            )
            result.command = judgement.test == 0 ? result.command : []
            result.collected = judgement.test == first.test ? attempt.artifacts(of: job) : []
            result.testcase = unit.testcase(index)
            result.testcase?.name = Self.name(work.tests[index].name, start)
            let output = told.output(of: result) { attempt.output(of: judgement.test, in: word) }
            tell(.jobFinished(result, stdout: output.out, stderr: output.err))
            ownFailures.note(result.name, word.isLost || isOwn(result, of: job))
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

    private func isOwn(_ result: JobResult, of job: FinishedJob) -> Bool {
        job.writesFailure != nil || result.outcome == .setupFailed && job.exitCode == 125
    }

    // The verdict says it in words; the counts say it for sure: killed for memory, and not at its own limit.
    private func isFullHost(_ result: JobResult) -> Bool {
        result.outcome == .setupFailed && (result.events.oomKills ?? 0) > 0
    }
}

/// The names whose last result is isorun's own failure; one that passed when it was tried again is none.
final class OwnFailures: Sendable {
    private let names = Mutex<Set<String>>([])

    var isEmpty: Bool { names.withLock { $0.isEmpty } }

    func note(_ name: String, _ isOwn: Bool) {
        names.withLock { names in
            if isOwn { names.insert(name) } else { names.remove(name) }
        }
    }
}
