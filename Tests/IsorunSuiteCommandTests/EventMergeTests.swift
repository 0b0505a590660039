import IsorunModel
import IsorunProgress
import Testing

@testable import IsorunSuiteCommand

@Suite struct `Merged partitions` {
    private func file(
        _ names: [String],
        mine: [Int],
        part: String,
        without: Set<Int> = [],
        cut: Bool = false
    ) -> [UInt8] {
        var plan = SuitePlan(names: names)
        plan.mine = mine
        plan.partition = part
        var text = SuiteEventDocument.line(.planned(plan))
        for index in mine where !without.contains(index) {
            let result = JobResult(
                name: names[index],
                command: ["x"],
                outcome: index == 2 ? .failed : .passed,
                reason: "r",
                startedAtUs: 0,
                duration: .seconds(1),
                host: HostSummary(kernel: "k", cgroup: "v2", rootless: false)
            )
            text += SuiteEventDocument.line(.job(.jobFinished(result, stdout: .init(), stderr: .init())))
        }
        if cut { text += #"{"schema":"isorun.events/1","ev"# }
        return Array(text.utf8)
    }

    private func results(_ events: [SuiteEvent]) -> [String] {
        events.compactMap {
            if case .job(.jobFinished(let result, _, _)) = $0 {
                "\(result.name) \(result.outcome.rawValue)"
            } else {
                nil
            }
        }
    }

    private let names = ["a", "b", "c", "d"]

    @Test func `keep the reports of the jobs' own before the ends of the attempts that wrote them`() throws {
        func report(_ text: String) -> SuiteEvent {
            .job(.jobReported(JobReport(job: "a", path: "/r.xml", content: .file(Array(text.utf8)))))
        }
        let first = [report("1"), .ended("a", .failed), report("2"), .ended("a", attempt: 2)]
        let killed = first + [report("3")]
        var merge = EventMerge()
        let lines = ([.planned(SuitePlan(names: ["a"]))] + killed).map { SuiteEventDocument.line($0) }
        try merge.add(Array(lines.joined().utf8), named: "1")
        let merged = merge.finish().dropFirst().dropLast().map { SuiteEventDocument.line($0) }
        #expect(merged == first.map { SuiteEventDocument.line($0) })
    }

    @Test func `stand in the plan's order, whatever the order of the files`() throws {
        var merge = EventMerge()
        try merge.add(file(names, mine: [1, 3], part: "slice:2/2"), named: "2")
        try merge.add(file(names, mine: [0, 2], part: "slice:1/2"), named: "1")
        #expect(results(merge.finish()) == ["a passed", "b passed", "c failed", "d passed"])
    }

    @Test func `report what is missing as errors`() throws {
        var merge = EventMerge()
        try merge.add(file(names, mine: [0, 2], part: "slice:1/2", without: [2], cut: true), named: "one.jsonl")
        let events = merge.finish()
        #expect(results(events) == ["a passed", "b setup-failed", "c setup-failed", "d setup-failed"])
        guard case .finished(let totals) = events.last else { return #expect(Bool(false), "no totals") }
        #expect(totals.failed == 3)
    }

    private func rounds(_ names: [String], _ outcomes: [Outcome], of all: Int?, isWhole: Bool) -> [UInt8] {
        var plan = SuitePlan(names: names)
        plan.rounds = all
        var text = SuiteEventDocument.line(.planned(plan))
        for (index, outcome) in outcomes.enumerated() {
            text += SuiteEventDocument.line(.ended(RoundName(names[0], round: index + 1).text, outcome))
        }
        if isWhole { text += SuiteEventDocument.line(.finished(SuiteTotals())) }
        return Array(text.utf8)
    }

    @Test func `count every round, and miss those that a kill left out`() throws {
        func totals(_ outcomes: [Outcome], of all: Int?, isWhole: Bool) throws -> SuiteTotals? {
            var merge = EventMerge()
            try merge.add(rounds(["a"], outcomes, of: all, isWhole: isWhole), named: "1")
            guard case .finished(let totals) = merge.finish().last else { return nil }
            return totals
        }
        #expect(try totals([.passed, .failed, .passed], of: 3, isWhole: true)?.failed == 1)
        #expect(try totals([.passed, .passed], of: 3, isWhole: false)?.failed == 1)
        #expect(try totals([.passed, .passed], of: 3, isWhole: true)?.failed == 0)
        #expect(try totals([.passed, .passed, .failed], of: nil, isWhole: true)?.failed == 1)
        let cut = try totals([.passed, .passed], of: nil, isWhole: false)
        #expect(cut?.passed == 2 && cut?.failed == 1, "until something fails there is always another round")
    }

    @Test func `of runs that repeated everything another number of times are refused`() throws {
        var merge = EventMerge()
        try merge.add(file(names, mine: [0, 1], part: "slice:1/2"), named: "1")
        var plan = SuitePlan(names: names)
        (plan.mine, plan.rounds) = ([2, 3], 3)
        let other = Array(SuiteEventDocument.line(.planned(plan)).utf8)
        #expect(throws: Failure.self) { try merge.add(other, named: "2") }
    }

    @Test func `of different plans, or the same one twice, are refused`() throws {
        var merge = EventMerge()
        try merge.add(file(names, mine: [0], part: "slice:1/4"), named: "1")
        #expect(throws: Failure.self) { try merge.add(file(["a", "x"], mine: [1], part: "slice:2/2"), named: "2") }
        #expect(throws: Failure.self) { try merge.add(file(names, mine: [0], part: "slice:1/4"), named: "3") }
        #expect(throws: Failure.self) { try merge.add(Array("nonsense\n".utf8), named: "4") }
    }
}
