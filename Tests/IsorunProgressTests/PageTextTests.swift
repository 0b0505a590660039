import IsorunModel
import IsorunProgress
import Testing

@Suite struct `The text of a page` {
    private func pages(_ events: [SuiteEvent]) -> (markdown: String, html: String) {
        let outline = pageOutline(["1.ev": events])
        return (MarkdownPage.text(outline), HTMLPage.text(outline))
    }

    @Test func `says in one line what was not enforced`() {
        func unenforced(_ name: String, _ limits: [Limit]) -> SuiteEvent {
            var result = pageResult(name)
            result.unenforced = limits
            return pageEnd(result)
        }
        let both = pages([unenforced("a", [.swap, .memory, .pids]), unenforced("b", [.memory, .pids, .swap])])
        #expect(both.markdown.contains("\n**NOT ENFORCED on this host: memory, pids, swap (2 jobs)**\n"))
        #expect(both.html.contains(">NOT ENFORCED on this host: memory, pids, swap (2 jobs)</p>"))
        let some = pages([unenforced("a", [.memory, .pids]), unenforced("b", [.memory]), unenforced("c", [])])
        #expect(some.html.contains(">NOT ENFORCED on this host: memory (2 jobs), pids (1 job)</p>"))
        let none = pages([unenforced("a", [])])
        #expect(!none.markdown.contains("ENFORCED") && !none.html.contains("ENFORCED"))
        #expect(MarkdownPage.text(SuiteTotals(), [], flaky: [], unenforced: ["cpu": 1]).contains("cpu (1 job)"))
    }

    @Test func `keeps the first and the last lines of a reason`() {
        let reason = (1...30).map { "line\($0)" }.joined(separator: "\n")
        let markdown = pages([pageEnd(pageResult("a", .failed, 1, reason))]).markdown
        let shown = "line1<br>line2<br>…<br>line25<br>line26<br>line27<br>line28<br>line29<br>line30"
        #expect(markdown.contains("| a | failed | \(shown) |"))
    }

    @Test func `says of a flaky test how it failed`() {
        let text = pages([
            pageEnd(pageResult("a", .timedOut, 1, "it took too long"), "the first try's"),
            pageEnd(pageResult("a", .passed, 2), "the second try's"),
        ])
        #expect(text.markdown.contains("| flaky | passed at attempt | failed before |"))
        #expect(text.markdown.contains("| a | 2 | 1: timed-out: it took too long |"))
        let first = "<p>attempt 1: timed-out: it took too long</p>\n<p>stdout</p><pre>the first try's</pre>"
        #expect(text.html.contains(first))
    }

    @Test func `says what was not run and why`() {
        let names = (1...101).map { pageEnd(pageResult("t\($0)", .cancelled, 1, "not run: it needs a")) }
        let markdown = pages(names).markdown
        #expect(markdown.contains("| not run | why |\n| --- | --- |\n| t1 | not run: it needs a |\n"))
        #expect(markdown.contains("\nand 1 more\n"))
    }

    @Test func `has when and where it was run, and what could not be kept`() {
        var plan = SuitePlan(names: ["a"])
        (plan.partition, plan.seed) = ("slice:1/2", 42)
        var result = pageResult("a")
        result.collected = [
            CollectedFile(path: "core<1>", destination: nil, refused: "it is not there"),
            CollectedFile(path: "log", destination: "/out/log", refused: nil),
        ]
        let html = pages([.planned(plan), pageEnd(result)]).html
        let start = "started 2027-01-15T08:00:00.000Z · partition slice:1/2 · --shuffle 42"
        #expect(html.contains("<p class=\"facts\">\(start) · Linux 6.12.1, cgroup v2, rootless</p>"))
        #expect(html.contains("not collected: core&lt;1&gt;: it is not there"))
    }

    @Test func `shows marks that reorder text, and commands to a terminal, as what they are`() {
        let marks = "\u{202A}\u{202E}\u{2066}\u{2069}\u{200E}\u{200F}\u{61C}\u{1B}[31m\u{85}"
        let result = pageResult("n\(marks)", .failed, 1, "r\(marks)\nsecond")
        let html = pages([pageEnd(result, "a\tb\(marks)\n\n\u{301}c")]).html
        let bad = html.unicodeScalars.filter { scalar in
            scalar != "\n" && scalar != "\t" && (scalar.value < 0x20 || marks.unicodeScalars.contains(scalar))
        }
        #expect(bad.filter { !"[31m".unicodeScalars.contains($0) }.isEmpty)
        #expect(html.contains(#"a\#tb\u202a\u202e\u2066\u2069\u200e\u200f\u061c"#))
        #expect(html.contains("<br>second") && html.contains("\n\n\u{301}c</pre>"))
    }

    @Test func `has no mathematics and no quotation of a job's`() {
        let markdown = pages([pageEnd(pageResult("> $x$", .failed, 1, "$$y$$ > z"))]).markdown
        #expect(markdown.contains("| &gt; &#36;x&#36; | failed | &#36;&#36;y&#36;&#36; &gt; z |"))
    }

    @Test func `is no wider than its window`() {
        let html = pages([pageEnd(pageResult(String(repeating: "x", count: 5000), .failed))]).html
        #expect(html.contains("table-layout: fixed") && html.contains("overflow-wrap: anywhere"))
        #expect(html.contains("<meta name=\"viewport\""))
    }

    @Test func `is small where all passed, and says where it has no more room`() {
        let flood = String(repeating: "&", count: 1 << 16)
        let passed = pages((0..<100).map { pageEnd(pageResult("p\($0)"), flood) }).html
        #expect(passed.utf8.count < 100 * 6000)
        let failures = (0..<150).map { pageEnd(pageResult("f\($0)", .failed), flood) }
        let failed = pages(failures + [pageEnd(pageResult("p"), "y")])
        #expect(failed.html.utf8.count < 17 << 20)
        #expect(failed.html.contains("output was left out, as this page has 16 MiB of it"))
        let reason = String(repeating: String(repeating: "&", count: 1000) + "\n", count: 24)
        let reasons = pages((0..<200).map { pageEnd(pageResult("f\($0)", .failed, 1, reason)) }).html
        #expect(reasons.utf8.count < 17 << 20)
    }
}
