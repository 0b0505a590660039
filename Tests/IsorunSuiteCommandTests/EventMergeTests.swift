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
        let merged = try merge.finish().dropFirst().dropLast().map { SuiteEventDocument.line($0) }
        #expect(merged == first.map { SuiteEventDocument.line($0) })
    }

    @Test func `stand in the plan's order, whatever the order of the files`() throws {
        var merge = EventMerge()
        try merge.add(file(names, mine: [1, 3], part: "slice:2/2"), named: "2")
        try merge.add(file(names, mine: [0, 2], part: "slice:1/2"), named: "1")
        #expect(results(try merge.finish()) == ["a passed", "b passed", "c failed", "d passed"])
    }

    @Test func `report what is missing as errors`() throws {
        var merge = EventMerge()
        try merge.add(file(names, mine: [0, 2], part: "slice:1/2", without: [2], cut: true), named: "one.jsonl")
        let events = try merge.finish()
        #expect(results(events) == ["a passed", "b setup-failed", "c setup-failed", "d setup-failed"])
        guard case .finished(let totals) = events.last else { return #expect(Bool(false), "no totals") }
        #expect(totals.failed == 3)
    }

    private func totals(_ events: [SuiteEvent]) -> SuiteTotals? {
        if case .finished(let totals) = events.last { totals } else { nil }
    }

    /// The events of a partition that ended before it had a plan.
    private func early(_ name: String, part: String?) -> [UInt8] {
        let events = EarlyEnd.events(name, "it did not build").map { event -> SuiteEvent in
            guard case .planned(var plan) = event else { return event }
            plan.partition = part
            return .planned(plan)
        }
        return Array(events.map { SuiteEventDocument.line($0) }.joined().utf8)
    }

    @Test func `have what ended before it had a plan beside the others, as an error`() throws {
        let whole = file(names, mine: [0, 1], part: "slice:1/2")
        let ends = [early("build", part: "slice:2/2"), early("build", part: "slice:2/2")]
        for files in [[whole] + ends, ends + [whole]] {
            var merge = EventMerge()
            for (index, file) in files.enumerated() { try merge.add(file, named: "\(index)") }
            let events = try merge.finish()
            let expected = [
                "a passed", "b passed", "c setup-failed", "d setup-failed", "build (slice:2/2) setup-failed",
                "build (slice:2/2), 2 setup-failed",
            ]
            #expect(results(events) == expected)
            #expect(totals(events)?.failed == 4 && totals(events)?.passed == 2)
            guard case .planned(let plan) = events.first else { return #expect(Bool(false), "no plan") }
            #expect(plan.names.count == 6 && plan.mine.count == 6 && !plan.isUnplanned)
        }
    }

    @Test func `are a report even where none of them had a plan`() throws {
        var merge = EventMerge()
        try merge.add(early("a", part: nil), named: "1")
        try merge.add([], named: "2")
        #expect(results(try merge.finish()) == ["a (1) setup-failed"])
    }

    @Test func `miss what a run was to have that was killed before it told anything`() throws {
        for cut in ["", #"{"sch"#, #"{"schema":"isorun.events/1","event":"run-pl"#] {
            var merge = EventMerge()
            try merge.add(Array(cut.utf8), named: "empty.jsonl")
            try merge.add(file(names, mine: [0, 1, 3], part: "slice:1/2"), named: "1")
            let events = try merge.finish()
            #expect(results(events) == ["a passed", "b passed", "c setup-failed", "d passed"])
            guard case .job(.jobFinished(let missing, _, _)) = events[3] else {
                return #expect(Bool(false), "another event")
            }
            #expect(missing.reason.contains("empty.jsonl is empty") && merge.empty == ["empty.jsonl"])
        }
        var merge = EventMerge()
        #expect(throws: Failure.self) { try merge.add(Array("nonsense".utf8), named: "1") }
        try merge.add([], named: "2")
        #expect(throws: Failure.self) { try merge.finish() }
    }

    @Test func `may have run other commands each, and tell of none`() throws {
        var merge = EventMerge()
        for (index, digest) in ["1", "2"].enumerated() {
            var plan = SuitePlan(names: ["a", "b"])
            (plan.mine, plan.digest) = ([index], digest)
            let lines = [.planned(plan), .ended(plan.names[index])].map { SuiteEventDocument.line($0) }
            try merge.add(Array(lines.joined().utf8), named: digest)
        }
        guard case .planned(let plan) = try merge.finish().first else { return #expect(Bool(false), "no plan") }
        #expect(plan.digest == nil)
    }

    @Test func `count a failure that was being tried again when the run was interrupted`() throws {
        let events: [SuiteEvent] = [
            .planned(SuitePlan(names: ["a"])), .ended("a", .failed), .ended("a", .cancelled, attempt: 2),
        ]
        var merge = EventMerge()
        try merge.add(Array(events.map { SuiteEventDocument.line($0) }.joined().utf8), named: "1")
        let end = totals(try merge.finish())
        #expect(end?.failed == 1 && end?.notRun == 0)
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
            guard case .finished(let totals) = try merge.finish().last else { return nil }
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
