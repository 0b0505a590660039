import IsorunModel
import IsorunProgress
import Testing

@Suite struct `A page of a run` {
    private func outline(_ names: [String], _ results: [(String, Outcome, Int)], output: String = "") -> RunOutline {
        var outline = RunOutline()
        outline.append(.planned(SuitePlan(names: names)))
        for (name, outcome, attempt) in results {
            var result = JobResult(
                name: name,
                command: ["x"],
                outcome: outcome,
                reason: "because <b>|`",
                startedAtUs: 0,
                duration: .seconds(1),
                host: HostSummary(kernel: "k", cgroup: "v2", rootless: false)
            )
            result.attempt = attempt
            result.flaky = outcome == .passed && attempt > 1
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
