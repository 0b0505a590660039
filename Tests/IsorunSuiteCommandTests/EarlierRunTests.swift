import IsorunFrameworks
import IsorunModel
import IsorunProgress
import IsorunRunner
import Testing

@testable import IsorunSuiteCommand

@Suite struct `A run that goes on with an earlier one` {
    private func unit(_ name: String) -> WorkUnit {
        var spec = JobSpec(command: ["x"])
        spec.name = name
        return WorkUnit(.job(spec))
    }

    private func plan(_ names: [String]) -> SuitePlan {
        var plan = SuitePlan(names: names)
        plan.digest = "1"
        return plan
    }

    /// Tests that share a container.
    private func unit(of names: [String]) -> WorkUnit {
        let tests = names.map { TestID(classname: "", name: $0, specifier: $0, runner: "") }
        let package = Package(directory: "/x", files: [])
        let base = JobSpec(command: ["x"])
        return WorkUnit(
            .tests(.init(framework: ExecFramework(), package: package, tests: tests, base: base, prefix: ""))
        )
    }

    @Test func `takes what passed, and what failed as often as it may`() throws {
        let plan = plan(["a", "b", "c", "d"])
        let last: [SuiteEvent] = [
            .planned(plan), .ended("a"), .ended("b", .failed, attempt: 2), .ended("c", .failed),
            .ended("d", .cancelled),
        ]
        let earlier = try EarlierRun(last, of: plan) { _ in 1 }
        #expect(earlier.count == 2)
        let done = earlier.done(of: plan.names.map(unit))
        #expect(done == [0: .init(), 1: .init(failures: 1)])
    }

    @Test func `keeps the reports of the jobs' own of what it keeps`() throws {
        let plan = plan(["a", "b"])
        func report(_ job: String) -> SuiteEvent {
            .job(.jobReported(JobReport(job: job, path: "/r.xml", content: .file([]))))
        }
        let last: [SuiteEvent] = [.planned(plan), report("a"), .ended("a"), report("b"), .ended("b", .cancelled)]
        let kept = try EarlierRun(last, of: plan) { _ in 0 }.events.map { SuiteEventDocument.line($0) }
        #expect(kept == [report("a"), .ended("a")].map { SuiteEventDocument.line($0) })
    }

    @Test func `begins with the first round that is not whole`() throws {
        var plan = plan(["a", "b"])
        plan.rounds = 3
        let last: [SuiteEvent] = [.planned(plan), .ended("a"), .ended("b", .failed), .ended("a #2"), .ended("a #3")]
        let done = try EarlierRun(last, of: plan) { _ in 0 }.done(of: plan.names.map(unit))
        #expect(done == [0: .init(rounds: 3), 1: .init(rounds: 1, failures: 1)])
    }

    @Test func `is told that it could not build what can be built by now`() throws {
        let last: [SuiteEvent] = [.planned(plan(["a", "unit/[build failed]"]))]
        let error = #expect(throws: Failure.self) { try EarlierRun(last, of: plan(["a", "unit/x"])) { _ in 0 } }
        #expect(error?.text.contains("could not be built then") == true)
    }

    @Test func `is refused where there is none, or it was of other jobs`() {
        let plan = plan(["a"])
        #expect(throws: Failure.self) { try EarlierRun([], of: plan) { _ in 0 } }
        #expect(throws: Failure.self) { try EarlierRun([.planned(self.plan(["b"]))], of: plan) { _ in 0 } }
    }

    @Test func `is refused where it ran other commands, or nobody knows which, or had other rounds`() throws {
        let plan = plan(["a"])
        var (others, unknown, rounds) = (plan, plan, plan)
        (others.digest, unknown.digest, rounds.rounds) = ("2", nil, 2)
        #expect(throws: Never.self) { try EarlierRun([.planned(plan), .ended("a")], of: plan) { _ in 0 } }
        for former in [others, unknown, rounds] {
            let failure = #expect(throws: Failure.self) {
                try EarlierRun([.planned(former), .ended("a")], of: plan) { _ in 0 }
            }
            #expect(failure?.code == 64)
        }
    }

    @Test func `counts no job that is called as a round would be for a round`() throws {
        let plan = plan(["x", "x #2"])
        let last: [SuiteEvent] = [.planned(plan), .ended("x"), .ended("x #2", .failed)]
        let earlier = try EarlierRun(last, of: plan) { _ in 0 }
        #expect(earlier.done(of: plan.names.map(unit)) == [0: .init(), 1: .init(failures: 1)])
    }

    @Test func `has tests of a container fail that it goes on with, where others of it had failed for good`() throws {
        let plan = plan(["t1", "t2", "t3", "z"])
        let last: [SuiteEvent] = [.planned(plan), .ended("t1", .failed, attempt: 2), .ended("t2")]
        let units = [unit(of: ["t1", "t2", "t3"]), unit("z")]
        var items = units.map { RunItem(name: $0.names[0]) }
        items[1].needs = [0]
        var policy = RunPolicy()
        policy.retries = 1
        let done = try EarlierRun(last, of: plan) { _ in 1 }.done(of: units)
        var machine = RunMachine(items: items, policy: policy, done: done)
        var wanted: [[Int]] = []
        var leftOut: [Int] = []
        var actions = machine.next()
        while let action = actions.popLast() {
            switch action {
            case .start(let start):
                let tests = units[start.item].begin(start)
                wanted.append(tests)
                machine.end(start.item, units[start.item].end(tests.map { ($0, true) }))
            case .leaveOut(let item, _): leftOut.append(item)
            default: break
            }
            if actions.isEmpty { actions = machine.next() }
        }
        #expect(wanted.filter { !$0.isEmpty } == [[2]], "what failed for good is not tried again")
        #expect(leftOut == [1] && machine.failures == 1)
    }

    /// Whether a run of two jobs, the second of which needs the first, is refused as one of which nothing is left.
    private func isOver(
        _ results: [SuiteEvent],
        isWhole: Bool = true,
        retries: Int = 0,
        _ change: (inout RunPolicy) -> Void = { _ in }
    ) throws -> Bool {
        let plan = plan(["a", "b"])
        var items = plan.names.map { RunItem(name: $0) }
        items[1].needs = [0]
        var policy = RunPolicy()
        policy.retries = retries
        change(&policy)
        let end: [SuiteEvent] = isWhole ? [.finished(SuiteTotals())] : []
        let earlier = try EarlierRun([.planned(plan)] + results + end, of: plan) { _ in retries }
        do throws(Failure) {
            try earlier.checkIsLeft(of: plan.names.map(unit), items, policy)
            return false
        } catch {
            return error.code == 64
        }
    }

    @Test func `is refused where it came to its end and nothing is left that would run`() throws {
        let failed: [SuiteEvent] = [.ended("a", .failed), .ended("b", .cancelled)]
        #expect(try isOver([.ended("a"), .ended("b")]))
        #expect(try isOver([.ended("a"), .ended("b")], isWhole: false) == false, "its reports may lack something")
        #expect(try isOver(failed), "what needs a failure is not left")
        #expect(try isOver(failed, retries: 1) == false, "what failed may be tried again")
        #expect(try isOver([.ended("a"), .ended("b", .cancelled)]) == false)
        #expect(try isOver([.ended("a", .cancelled), .ended("b", .cancelled)]) == false)
        #expect(try isOver([.ended("a", .cancelled), .ended("b", .failed)]) == false)
        #expect(try isOver([.ended("a", .cancelled), .ended("b", .failed)]) { $0.maxFail = 1 })
    }

    @Test(arguments: [
        ("a", "a", 1), ("a #2", "a", 2), ("a #02x", "a #02x", 1), ("b #2", "b #2", 1), ("b #2 #3", "b #2", 3),
        ("x #2", "x #2", 1),
    ])
    func `knows a later round from a test that is called so`(_ name: String, _ base: String, _ round: Int) {
        #expect(RoundName(of: name, in: ["a", "b #2"]) == RoundName(base, round: round))
    }

    @Test(
        arguments: [
            (["x #2", "x"], 2, true), (["x #2", "x"], 1, false), (["x #3", "x"], 2, false), (["x #3", "x"], nil, true),
            (["x #2", "y"], 2, false), (["x #02", "x"], 2, false),
        ] as [([String], Int?, Bool)]
    )
    func `is of no plan in which a later round would be called as another test is`(
        _ names: [String],
        _ rounds: Int?,
        _ collides: Bool
    ) {
        #expect((RoundName.collision(in: names, rounds: rounds) != nil) == collides)
    }

    @Test func `has another plan where a line end parts names that another one joins`() {
        #expect(SuitePlan(names: ["a\nb"]).fingerprint != SuitePlan(names: ["a", "b"]).fingerprint)
    }
}
