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

    @Test func `takes what passed, and what failed as often as it may`() throws {
        let plan = SuitePlan(names: ["a", "b", "c", "d"])
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
        let plan = SuitePlan(names: ["a", "b"])
        func report(_ job: String) -> SuiteEvent {
            .job(.jobReported(JobReport(job: job, path: "/r.xml", content: .file([]))))
        }
        let last: [SuiteEvent] = [.planned(plan), report("a"), .ended("a"), report("b"), .ended("b", .cancelled)]
        let kept = try EarlierRun(last, of: plan) { _ in 0 }.events.map { SuiteEventDocument.line($0) }
        #expect(kept == [report("a"), .ended("a")].map { SuiteEventDocument.line($0) })
    }

    @Test func `begins with the first round that is not whole`() throws {
        var plan = SuitePlan(names: ["a", "b"])
        plan.rounds = 3
        let last: [SuiteEvent] = [.planned(plan), .ended("a"), .ended("b", .failed), .ended("a #2"), .ended("a #3")]
        let done = try EarlierRun(last, of: plan) { _ in 0 }.done(of: plan.names.map(unit))
        #expect(done == [0: .init(rounds: 3), 1: .init(rounds: 1, failures: 1)])
    }

    @Test func `is refused where there is none, or it was of other jobs`() {
        let plan = SuitePlan(names: ["a"])
        #expect(throws: Failure.self) { try EarlierRun([], of: plan) { _ in 0 } }
        #expect(throws: Failure.self) { try EarlierRun([.planned(SuitePlan(names: ["b"]))], of: plan) { _ in 0 } }
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
