import IsorunFrameworks
import IsorunModel
import IsorunRunner
import Testing

@testable import IsorunSuiteCommand

@Suite struct `A test's result` {
    private func container(_ outcome: Outcome, _ reason: String = "how it ended") -> JobResult {
        JobResult(
            name: "c",
            command: [],
            outcome: outcome,
            reason: reason,
            startedAtUs: 0,
            duration: .seconds(1),
            host: HostSummary(kernel: "", cgroup: "v2", rootless: false)
        )
    }

    private func judge(
        _ outcome: Outcome,
        _ reports: [TestReport],
        count: Int = 1,
        trusts: Bool = false
    ) -> [Int: JobResult] {
        let judgements = TestJudge.judge(container(outcome), count: count, reports: reports, trustsExitCode: trusts)
        return Dictionary(judgements.map { ($0.test, $0.result) }) { $1 }
    }

    @Test(
        arguments: [
            (.passed, .passed, .passed), (.failed, .passed, .failed), (.signaled, .passed, .signaled),
            (.outOfMemory, .passed, .outOfMemory), (.passed, .failed("x"), .failed), (.failed, .failed("x"), .failed),
            (.timedOut, .failed("x"), .timedOut), (.passed, .started, .failed), (.failed, .started, .failed),
            (.signaled, .started, .signaled), (.outputLimit, .started, .outputLimit), (.tampered, .passed, .tampered),
            (.passed, .skipped("x"), .passed), (.signaled, .skipped("x"), .signaled),
        ] as [(Outcome, TestReport.Status, Outcome)]
    )
    func `alone is the kernel's word before the framework's`(
        _ container: Outcome,
        _ status: TestReport.Status,
        _ expected: Outcome
    ) {
        #expect(judge(container, [TestReport(test: 0, status: status)])[0]?.outcome == expected)
    }

    @Test func `is no pass where the process ends with 0 before the test does, or without a word of it`() {
        let cut = judge(.passed, [TestReport(test: 0, status: .started)])[0]
        #expect(cut?.outcome == .failed)
        #expect(cut?.reason == "the process ended with exit code 0 before the test had ended")
        #expect(judge(.passed, [])[0]?.outcome == .failed)
        #expect(judge(.passed, [], trusts: true)[0]?.outcome == .passed)
        #expect(judge(.passed, [], count: 2, trusts: true)[0]?.outcome == .failed)
    }

    @Test func `is nobody's where the framework says nothing of any, and each is run alone`() {
        for outcome in [Outcome.passed, .signaled, .timedOut] {
            #expect(TestJudge.suspects(container(outcome), count: 3, reports: [], isWhole: false) == [0, 1, 2])
        }
        #expect(TestJudge.suspects(container(.signaled), count: 1, reports: []) == [])
    }

    @Test func `is nobody's where several ran when their container ended, and each is run alone`() {
        let reports = [
            TestReport(test: 0, status: .started), TestReport(test: 1, status: .started),
            TestReport(test: 2, status: .started), TestReport(test: 1, status: .passed),
        ]
        func suspects(_ outcome: Outcome, _ count: Int = 3) -> Set<Int> {
            TestJudge.suspects(container(outcome), count: count, reports: reports)
        }
        #expect(suspects(.failed) == [0, 2] && suspects(.outOfMemory) == [0, 2])
        #expect(suspects(.cancelled) == [] && suspects(.setupFailed) == [] && suspects(.failed, 1) == [])
        #expect(TestJudge.suspects(container(.failed), count: 2, reports: Array(reports.prefix(1))) == [])
        #expect(TestJudge.suspects(container(.failed), count: 3, reports: reports, isWhole: false) == [])
        let none = TestJudge.judge(container(.failed), count: 2, reports: [], trustsExitCode: false, mayBeNone: true)
        #expect(none.isEmpty)
        let tests = ["a", "b", "c"].map { TestID(classname: "", name: $0, specifier: $0, runner: "") }
        let package = Package(directory: "/", files: [])
        let base = JobSpec(command: ["true"])
        let unit = WorkUnit(
            .tests(.init(framework: GoFramework(), package: package, tests: tests, base: base, prefix: ""))
        )
        var begun: [[Int]] = []
        let start = RunMachine.Start(item: 0, attempt: 1, round: 1)
        begun.append(unit.begin(start))
        unit.suspect([0, 2])
        #expect(unit.end([]) == .unfinished)
        for _ in 0..<3 {
            begun.append(unit.begin(start))
            _ = unit.end(begun[begun.count - 1].map { ($0, true) })
        }
        #expect(begun == [[0, 1, 2], [1], [0], [2]])
    }

    @Test func `of many is nobody's pass where the exit code says more than that one failed`() {
        let reports = [TestReport(test: 0, status: .passed), TestReport(test: 1, status: .failed("wrong"))]
        func outcomes(_ code: Int32, expected: Int32?) -> [Outcome] {
            var container = container(.failed)
            container.exitCode = code
            return TestJudge.judge(
                container,
                count: 2,
                reports: reports,
                trustsExitCode: false,
                failureExitCode: expected
            ).map(\.result.outcome)
        }
        #expect(outcomes(1, expected: 1) == [.passed, .failed] && outcomes(5, expected: nil) == [.passed, .failed])
        #expect(outcomes(5, expected: 1) == [.failed, .failed])
    }

    @Test func `of many in a container is its own, and only the one that ran has the container's end`() {
        let reports = [
            TestReport(test: 0, status: .started), TestReport(test: 0, status: .passed, duration: .milliseconds(3)),
            TestReport(test: 1, status: .started), TestReport(test: 1, status: .failed("wrong")),
            TestReport(test: 2, status: .started),
        ]
        let found = judge(.outOfMemory, reports, count: 4)
        #expect(found[0]?.outcome == .passed)
        #expect(found[0]?.duration == .milliseconds(3))
        #expect(found[1]?.outcome == .failed)
        #expect(found[2]?.outcome == .outOfMemory)
        #expect(found[3] == nil, "it was not reached and goes into another container")
    }

    @Test func `of many is out of memory where what told of its end was not killed itself`() {
        let reports = [
            TestReport(test: 0, status: .started), TestReport(test: 0, status: .passed),
            TestReport(test: 1, status: .started), TestReport(test: 1, status: .failed("exit 137")),
        ]
        let found = judge(.outOfMemory, reports, count: 2)
        #expect(found[0]?.outcome == .passed)
        #expect(found[1]?.outcome == .outOfMemory)
    }

    @Test func `of many in a container has no figures of the others, and the last one has what was left behind`() {
        var shared = container(.passed)
        shared.resources.memoryPeakBytes = 5
        shared.events.oomKills = 0
        shared.events.leakedProcesses = 1
        shared.leaked = ["sleep"]
        let reports = [TestReport(test: 0, status: .passed), TestReport(test: 1, status: .passed)]
        let many = TestJudge.judge(shared, count: 2, reports: reports, trustsExitCode: false).map(\.result)
        #expect(many.map(\.resources.memoryPeakBytes) == [nil, nil])
        #expect(many.map(\.events.leakedProcesses) == [nil, 1])
        #expect(many.map(\.leaked) == [[], ["sleep"]])
        let skipped = [reports[0], reports[1], TestReport(test: 2, status: .skipped("not here"))]
        let failing = TestJudge.judge(shared, count: 3, reports: skipped, trustsExitCode: false, leaksFail: true)
        // Nobody knows whose it is, so all that passed are run again.
        #expect(failing.map(\.result.events.leakedProcesses) == [1, 1, nil])
        let alone = TestJudge.judge(shared, count: 1, reports: [reports[0]], trustsExitCode: false)[0].result
        #expect(alone.resources.memoryPeakBytes == 5 && alone.events.leakedProcesses == 1)
    }

    @Test func `is there for at least one, so that a run of the others comes to its end`() {
        #expect(judge(.signaled, [], count: 3)[0]?.outcome == .signaled)
        #expect(judge(.setupFailed, [], count: 3).count == 3)
    }

    @Test(
        arguments: [.failed, .signaled, .timedOut, .outOfMemory, .outputLimit, .seccompViolation, .tampered]
            as [Outcome]
    )
    func `of many is no pass where the container's bad end is no single test's`(_ end: Outcome) {
        let reports = [
            TestReport(test: 0, status: .started), TestReport(test: 0, status: .passed, duration: .milliseconds(3)),
            TestReport(test: 1, status: .skipped("not here")),
        ]
        let found = judge(end, reports, count: 3)
        #expect(found[0]?.outcome == end)
        #expect(found[0]?.reason == "the test passed, and then: the container that it shared: how it ended")
        #expect(found[0]?.duration == .milliseconds(3))
        #expect(found[1]?.outcome == end)
        #expect(found[2] == nil, "it was not reached and goes into another container")
    }

    @Test func `of many stays where a test of theirs accounts for the container's end`() {
        let passed = TestReport(test: 0, status: .passed)
        let failed = TestReport(test: 1, status: .failed("wrong"))
        #expect(judge(.failed, [passed, failed], count: 2)[0]?.outcome == .passed)
        #expect(judge(.signaled, [passed, failed], count: 2).values.map(\.outcome).contains(.signaled))
        #expect(judge(.signaled, [passed, failed], count: 2)[1]?.reason == "wrong")
        #expect(judge(.cancelled, [passed], count: 2)[0]?.outcome == .passed)
        let running = TestReport(test: 1, status: .started)
        #expect(judge(.signaled, [passed, running], count: 2)[0]?.outcome == .passed)
        #expect(judge(.tampered, [passed, running], count: 2)[0]?.outcome == .tampered)
    }

    @Test func `is asked for again where the word of its end is lost among what others wrote`() {
        let reports = [
            TestReport(test: 0, status: .started), TestReport(test: 2, status: .passed),
            TestReport(test: 3, status: .started),
        ]
        let found = TestJudge.judge(
            container(.signaled),
            count: 4,
            reports: reports,
            trustsExitCode: false,
            isWhole: false
        )
        #expect(found.map(\.test) == [2, 3])
        #expect(found.map(\.result.outcome) == [.passed, .signaled])
    }

    @Test func `of many has the time that the framework tells, and else an equal part of what is left`() {
        let reports = [
            TestReport(test: 0, status: .passed, duration: .milliseconds(400)), TestReport(test: 1, status: .passed),
            TestReport(test: 2, status: .started),
        ]
        let found = judge(.timedOut, reports, count: 3)
        #expect((0..<3).map { found[$0]?.duration } == [.milliseconds(400), .milliseconds(300), .milliseconds(300)])
        #expect(judge(.passed, [TestReport(test: 0, status: .passed)])[0]?.duration == .seconds(1))
    }
}
