import IsorunModel
import IsorunProgress
import Testing

/// A result of a run whose time and host are shown.
func pageResult(_ name: String, _ end: Outcome = .passed, _ attempt: Int = 1, _ reason: String = "why") -> JobResult {
    var result = plainResult(name, end, reason, attempt: attempt)
    result.startedAtUs = 1_800_000_000_000_000
    result.host = HostSummary(kernel: "6.12.1", cgroup: "v2", rootless: true)
    return result
}

/// Its end as an event.
func pageEnd(_ result: JobResult, _ output: String = "") -> SuiteEvent {
    .job(.jobFinished(result, stdout: CapturedOutput(head: Array(output.utf8)), stderr: CapturedOutput()))
}

/// The outline of several inputs, each with its events.
func pageOutline(_ inputs: KeyValuePairs<String, [SuiteEvent]>) -> RunOutline {
    var outline = RunOutline()
    for (input, events) in inputs {
        outline.begin(input)
        for event in events { outline.append(event) }
    }
    return outline
}

@Suite struct `An outline of several runs` {
    private func plan(_ names: [String], mine: [Int]? = nil) -> SuiteEvent {
        var plan = SuitePlan(names: names)
        plan.mine = mine ?? plan.mine
        return .planned(plan)
    }

    @Test func `has a failure beside a pass of another run that has its name`() {
        let failed = [plan(["unit", "onlyA"]), pageEnd(pageResult("unit", .failed)), pageEnd(pageResult("onlyA"))]
        let passed = [plan(["unit", "onlyB"]), pageEnd(pageResult("unit")), pageEnd(pageResult("onlyB"))]
        for outline in [
            pageOutline(["A.ev": failed, "B.ev": passed]), pageOutline(["B.ev": passed, "A.ev": failed]),
            pageOutline(["both.ev": failed + passed]), pageOutline(["both.ev": passed + failed]),
        ] {
            #expect(outline.totals.failed == 1 && outline.totals.passed == 3 && outline.missing == [])
            #expect(MarkdownPage.text(outline).hasPrefix("### isorun: failed\n"))
            #expect(HTMLPage.text(outline).contains("<h1>isorun: 3 passed, 1 failed in"))
        }
        let outline = pageOutline(["A.ev": failed, "B.ev": passed])
        #expect(MarkdownPage.text(outline).contains("| unit (A.ev) | failed | why |"))
        #expect(outline.all.map(\.run) == ["A.ev", "A.ev", "B.ev", "B.ev"])
    }

    @Test func `takes the same plan once more for another run, and its other partitions for the same`() {
        let first = [plan(["a", "b"], mine: [0]), pageEnd(pageResult("a", .failed))]
        let again = [plan(["a", "b"], mine: [0]), pageEnd(pageResult("a"))]
        let other = [plan(["a", "b"], mine: [1]), pageEnd(pageResult("b"))]
        let twice = pageOutline(["1.ev": first, "1b.ev": again, "2.ev": other])
        #expect(twice.totals.failed == 1 && twice.totals.passed == 2)
        #expect(twice.all.map(\.result.name) == ["a", "b", "a"])
        let parts = pageOutline(["2.ev": other, "1.ev": first])
        #expect(parts.all.map(\.result.name) == ["a", "b"] && parts.all.allSatisfy { $0.run == nil })
    }

    @Test func `has runs that were one and the same file apart`() {
        let events = [plan(["a"]), pageEnd(pageResult("a", .failed))]
        #expect(pageOutline(["A.ev": events, "A.ev": events]).all.map(\.run) == ["A.ev", "A.ev, 2"])
        let paths = pageOutline(["/d/x/1.ev": events, "/d/y/1.ev": events]).all.map(\.run)
        #expect(paths == ["x/1.ev", "y/1.ev"], "what all paths begin with tells nothing apart")
    }

    @Test func `takes a partition's result for no other's, whatever it is called`() {
        let first = [plan(["a", "b"], mine: [0]), pageEnd(pageResult("a", .failed))]
        let second = [plan(["a", "b"], mine: [1]), pageEnd(pageResult("b")), pageEnd(pageResult("a"))]
        #expect(pageOutline(["1.ev": first, "2.ev": second]).totals.failed == 1)
    }

    @Test func `has all results that no plan tells apart, but attempts of one as one`() {
        let one = [pageEnd(pageResult("x", .failed))]
        let two = [pageEnd(pageResult("x"))]
        #expect(pageOutline(["1.json": one, "2.json": two]).totals.failed == 1)
        #expect(pageOutline(["1.json": one + two]).totals.failed == 1)
        #expect(pageOutline(["A.ev": [plan(["y"]), pageEnd(pageResult("y"))], "1.json": one]).totals.passed == 1)
        let retried = pageOutline(["1.json": one + [pageEnd(pageResult("x", .passed, 2))]])
        #expect(retried.totals.failed == 0 && retried.totals.flaky == 1)
        #expect(retried.all.first?.others.map(\.result.outcome) == [.failed])
    }

    @Test func `says that a job without a plan began and has no end`() {
        let outline = pageOutline(["1.ev": [.job(.jobStarting(name: "x", attempt: 1, atUs: 0))]])
        #expect(outline.missing == ["x"] && !outline.isUnknown)
        #expect(MarkdownPage.text(outline).hasPrefix("### isorun: failed\n"))
    }

    @Test func `of nothing is no pass, and of a plan of nothing is one`() {
        for outline in [RunOutline(), pageOutline(["cut.ev": []]), pageOutline(["1.ev": [.job(.note("x"))]])] {
            #expect(outline.isUnknown)
            #expect(MarkdownPage.text(outline).hasPrefix("### isorun: nothing is known of the run\n"))
            #expect(HTMLPage.text(outline).contains("<h1>isorun: nothing is known of the run</h1>"))
        }
        let empty = pageOutline(["1.ev": [plan([]), .finished(SuiteTotals())]])
        #expect(!empty.isUnknown && MarkdownPage.text(empty).hasPrefix("### isorun: passed\n"))
        let some = pageOutline(["1.ev": [plan(["a"]), pageEnd(pageResult("a"))], "cut.ev": []])
        #expect(some.silent == ["cut.ev"] && !some.isUnknown)
        let markdown = MarkdownPage.text(some)
        #expect(markdown.hasPrefix("### isorun: failed\n"))
        #expect(markdown.contains("| cut.ev | neither a plan nor a result"))
        let html = HTMLPage.text(some)
        #expect(html.contains("1 passed, 1 without a word in") && html.contains("cut.ev has neither a plan nor"))
    }

    @Test func `keeps how the attempts failed that do not count, the last few of very many`() {
        let attempts = (1...20).map { pageEnd(pageResult("a", .failed, $0, "reason \($0)"), "out \($0)") }
        let outline = pageOutline(["1.ev": [plan(["a"])] + attempts + [pageEnd(pageResult("a", .passed, 21))]])
        let entry = outline.all[0]
        #expect(entry.attempts == 21 && entry.others.map(\.result.attempt) == Array(13...20))
        #expect(entry.others.last?.output.streams.map(\.text) == ["out 20"])
        let ended = [pageEnd(pageResult("a", .failed, 1)), pageEnd(pageResult("a", .cancelled, 2))]
        let counted = pageOutline(["1.ev": [plan(["a"])] + ended]).all[0]
        #expect(counted.result.outcome == .failed && counted.others.map(\.result.outcome) == [.cancelled])
    }

    @Test func `keeps a little of what passed, and of very many failures some of each`() {
        let flood = String(repeating: "x", count: 1 << 16)
        let passed = pageOutline(["1.ev": [pageEnd(pageResult("a"), flood)]])
        #expect(passed.all[0].output.streams[0].text.utf8.count < 1200)
        var outline = RunOutline()
        for index in 0..<600 { outline.append(pageEnd(pageResult("f\(index)", .failed), flood)) }
        let kept = outline.all.flatMap(\.output.streams).map(\.text.utf8.count)
        #expect((kept.first ?? 0) >= 1 << 15 && kept.count == 600 && kept.reduce(0, +) <= 16 << 20)
    }
}
