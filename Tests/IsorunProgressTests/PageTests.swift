import IsorunModel
import IsorunProgress
import IsorunReporting
import Testing

@Suite struct `A page of a run` {
    private func outline(_ names: [String], _ results: [(String, Outcome, Int)], output: String = "") -> RunOutline {
        var outline = RunOutline()
        outline.append(.planned(SuitePlan(names: names)))
        for (name, outcome, attempt) in results {
            let result = plainResult(name, outcome, "because <b>|`", attempt: attempt)
            let stdout = CapturedOutput(head: Array(output.utf8))
            outline.append(.job(.jobFinished(result, stdout: stdout, stderr: .init())))
        }
        return outline
    }

    @Test func `has each result by its last attempt, in the plan's order, and what is missing`() {
        let outline = outline(
            ["a", "b", "c"],
            [("b", .failed, 1), ("a", .passed, 1), ("b", .passed, 2), ("a #2", .passed, 1)]
        )
        #expect(outline.all.map(\.result.name) == ["a", "a #2", "b"])
        #expect(outline.all.last?.attempts == 2)
        #expect(outline.missing == ["c"])
        #expect(outline.totals.passed == 3 && outline.totals.flaky == 1)
        let text = MarkdownPage.text(outline)
        #expect(text.hasPrefix("### isorun: failed\n"), "what is missing is no pass")
        #expect(text.contains("| b | 2 |"))
        #expect(text.contains("| c |"))
    }

    @Test func `has a failure that was being tried again when the run was interrupted, as JUnit has it`() {
        let outline = outline(["a"], [("a", .failed, 1), ("a", .cancelled, 2)])
        #expect(outline.totals.failed == 1 && outline.totals.notRun == 0)
        #expect(outline.all.map(\.result.outcome) == [.failed] && outline.all[0].attempts == 2)
        #expect(MarkdownPage.text(outline).contains("| a | failed |"))
        let anew = self.outline(["a"], [("a", .failed, 1), ("a", .cancelled, 1)])
        #expect(anew.totals.notRun == 1, "what begins anew forgets what was before")
    }

    @Test func `is made of plans of older and of newer isoruns`() throws {
        var plan = SuitePlan(names: ["a"])
        (plan.digest, plan.isUnplanned) = ("1", true)
        let line = SuiteEventDocument.line(.planned(plan))
        guard case .planned(let read) = try SuiteEventDocument.event(JSON(parsing: line)) else {
            return #expect(Bool(false), "another event came back")
        }
        #expect(read == plan && !SuiteEventDocument.line(.planned(plan.told)).contains("digest"))
        let old = SuiteEventDocument.line(.planned(plan.told)).replacing(#","unplanned":true"#, with: "")
        guard case .planned(let former) = try SuiteEventDocument.event(JSON(parsing: old)) else {
            return #expect(Bool(false), "another event came back")
        }
        #expect(former == SuitePlan(names: ["a"]))
    }

    @Test func `names the rounds that a run was to have, where it did not come to its end`() {
        var plan = SuitePlan(names: ["a", "b"])
        func missing(_ rounds: Int?, isWhole: Bool) -> [String] {
            plan.rounds = rounds
            var outline = RunOutline()
            outline.append(.planned(plan))
            for name in ["a", "b", "a #2"] { outline.append(end(name)) }
            if isWhole { outline.append(.finished(SuiteTotals())) }
            return outline.missing
        }
        #expect(missing(3, isWhole: false) == ["a #3", "b #2", "b #3"])
        #expect(missing(nil, isWhole: false) == ["a #3", "b #2"])
        #expect(missing(3, isWhole: true) == [] && missing(nil, isWhole: true) == [])
    }

    @Test func `names what is missing of each of several runs`() {
        var (first, second) = (SuitePlan(names: ["a", "b", "c"]), SuitePlan(names: ["a", "b", "c"]))
        (first.mine, second.mine) = ([0, 2], [1])
        let whole: [SuiteEvent] = [.planned(second), end("b"), .finished(SuiteTotals())]
        let killed: [SuiteEvent] = [.planned(first), end("c")]
        for events in [whole + killed, killed + whole] {
            var outline = RunOutline()
            for event in events { outline.append(event) }
            #expect(outline.missing == ["a"] && outline.all.map(\.result.name) == ["b", "c"])
            #expect(MarkdownPage.text(outline).hasPrefix("### isorun: failed\n"))
        }
    }

    private func end(_ name: String) -> SuiteEvent {
        let result = outline([], [(name, .passed, 1)]).all[0].result
        return .job(.jobFinished(result, stdout: .init(), stderr: .init()))
    }

    @Test func `has no bar in a cell that is not escaped, whatever is combined with it`() {
        let name = "x|\u{200D} passed |\u{301} all good"
        let text = MarkdownPage.text(outline([name], [(name, .failed, 1)]))
        let row = text.split(separator: "\n").first { $0.hasPrefix("| x") } ?? ""
        let bars = row.unicodeScalars.split(separator: "|", omittingEmptySubsequences: false)
        #expect(bars.dropLast().count { $0.last != "\\" } == 4, "\(row)")
    }

    @Test func `is not made of figures that no run has`() throws {
        for line in [
            #"{"schema":"isorun.events/1","event":"run-finished","durationMs":1e300}"#,
            #"{"schema":"isorun.events/1","event":"run-finished","durationMs":-1}"#,
        ] {
            #expect(throws: ReportingError.self) { try SuiteEventDocument.event(JSON(parsing: line)) }
        }
        let plan = SuiteEventDocument.line(.planned(SuitePlan(names: ["a"])))
        let many = plan.replacing(#""rounds":1"#, with: #""rounds":9223372036854775807"#)
        guard case .planned(let read) = try SuiteEventDocument.event(JSON(parsing: many)) else {
            return #expect(Bool(false), "another event came back")
        }
        #expect(read.rounds == SuitePlan.mostRounds)
    }

    @Test func `takes nothing a job wrote for its own syntax`() {
        let hostile = #"<script>alert(1)</script>|@x"#
        let outline = outline([hostile], [(hostile, .failed, 1)], output: "</pre><script>\u{1B}[31m")
        let markdown = MarkdownPage.text(outline)
        #expect(!markdown.contains("<script") && !markdown.contains("@x") && markdown.contains("\\|"))
        let html = HTMLPage.text(outline)
        #expect(!html.contains("<script") && !html.contains("\u{1B}") && html.contains("&lt;script&gt;"))
    }

    @Test func `of nothing but passes says so`() {
        let outline = outline(["a"], [("a", .passed, 1)])
        #expect(MarkdownPage.text(outline).hasPrefix("### isorun: passed\n"))
        #expect(HTMLPage.text(outline).contains("<h1>isorun: 1 passed in"))
    }
}
