import IsorunReporting
import Testing

@testable import IsorunBench

/// A report of a row that is `factor` times as dear as isorun.
private func report(
    _ factor: Double,
    rows: [String] = ["isorun", "other"],
    higherIsBetter: Bool = false
) -> BenchReport {
    var report = BenchReport(kind: "startup", startedAt: "2026-11-23T12:00:00.000Z", host: [.init("CPU", "one")])
    report.rows = rows.map { id in
        var row = BenchRow(id: id, name: "the \(id)", command: [id, "a b", "it's"], limits: "none")
        let base = id == "isorun" ? 1.0 : factor
        let samples = (0..<50).map { base * (10 + Double($0 * 7 % 50) / 100) }
        row.measures = [
            Measure(id: "whole", title: "whole", unit: "ms", higherIsBetter: higherIsBetter, samples: samples)
        ]
        row.phases = [.init("clone", 1.5), .init("exec", 0.5)]
        return row
    }
    report.noise = Noise(report.rows[0].measures[0].samples)
    report.relate { _ in "isorun" }
    return report
}

@Suite struct `An axis of powers` {
    @Test func `has a place for 0 before the least`() {
        let axis = Scale(least: 1, greatest: 1000, logarithmic: true, hasZero: true)
        #expect(axis.place(0) == 0 && axis.place(1) > 0.05 && axis.place(1000) < 1 && axis.ticks.first == 0)
        #expect(Scale(least: 1, greatest: 1000, logarithmic: true).ticks.first == 1)
    }
}

@Suite struct `The report of a bench` {
    @Test func `comes back from its JSON as it was`() throws {
        var original = report(3)
        var failed = BenchRow(id: "gone", name: "gone")
        failed.failure = .init("it hung", help: "install it")
        original.rows.append(failed)
        let read = try BenchReport(json: JSON(parsing: original.json.page), path: "x")
        #expect(read.json == original.json)
        #expect(read.rows[2].failure == failed.failure)
    }

    @Test(arguments: [
        "{}", #"{"schema":"isorun.bench/2"}"#, #"{"schema":"isorun.bench/1"}"#, "[]",
        #"{"schema":"isorun.bench/1","kind":"startup","rows":[{"id":"x"}]}"#,
    ])
    func `is refused where it is another document`(text: String) throws {
        #expect(throws: ReportingError.self) { try BenchReport(json: JSON(parsing: text), path: "x") }
    }

    @Test func `shows every row, failed ones with the reason and what helps`() {
        var report = report(40)
        var failed = BenchRow(id: "gone", name: "gone")
        failed.failure = .init("it hung", help: "apt-get install it")
        report.rows.append(failed)
        for text in [TerminalTable.text(report), MarkdownPage.text(report), HTMLPage.text(report)] {
            for word in ["the isorun", "the other", "40.0 (", "gone", "it hung", "apt-get install it", "clone"] {
                #expect(text.contains(word), "\(word)")
            }
        }
        #expect(TerminalTable.text(report).contains(#"isorun 'a b' 'it'\''s'"#))
    }

    @Test func `has bars that are as long as medians are large`() {
        let lines = TerminalTable.text(report(2)).split(separator: "\n").filter { $0.contains("█") }
        let bars = lines.map { $0.filter { $0 == "█" }.count }
        #expect(bars.count == 2 && bars[1] >= 2 * bars[0] - 1 && bars[1] <= 2 * bars[0] + 1)
    }

    @Test func `as a page has its charts and neither a script nor anything from elsewhere`() {
        var report = report(3)
        report.rows[1].name = "<script>alert(1)</script>&\"'"
        let page = HTMLPage.text(report)
        #expect(page.contains("<svg") && page.contains("<circle") && page.contains("<rect"))
        #expect(!page.contains("<script") && !page.contains("http") && !page.contains("NaN") && !page.contains("nan"))
    }

    @Test func `gives a reader no control characters of a runtime's`() {
        var report = report(3)
        report.rows[1].failure = .init("\u{1B}[31mred\u{9B}2J\u{7}")
        for text in [TerminalTable.text(report), MarkdownPage.text(report), HTMLPage.text(report)] {
            #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || $0.properties.generalCategory != .control })
        }
    }

    @Test func `fits into 80 columns`() {
        let lines = TerminalTable.text(report(40), width: 80).split(separator: "\n").filter {
            $0.contains("(") && $0.hasPrefix("  ")
        }
        #expect(lines.filter { $0.count > 80 }.isEmpty)
    }

    @Test func `knows where isorun itself could not be measured`() {
        var own = BenchReport(kind: "footprint", startedAt: "", host: [])
        own.rows = ["isorun@1", "isorun@many", "bwrap@1"].map { BenchRow(id: $0, name: $0) }
        own.rows[0].measures = [Measure(id: "pss", title: "", unit: "KiB")]
        own.rows[1].measures = [Measure(id: "pss", title: "", unit: "KiB", samples: [1])]
        #expect(own.unmeasuredOwn.map(\.id) == ["isorun@1"])
        own.kind = "overhead"
        own.rows = ["outside", "default"].map { BenchRow(id: $0, name: $0) }
        #expect(own.unmeasuredOwn.map(\.id) == ["default"])
    }

    @Test func `leaves no row without a figure or a reason where it was ended before its time`() {
        var cut = report(2)
        cut.rows.append(BenchRow(id: "late", name: "late"))
        cut.tellWhatIsMissing()
        #expect(cut.rows.map { $0.failure?.reason } == [nil, nil, "the bench was ended before it had a run of this"])
    }

    @Test func `of nothing is a page all the same`() {
        var empty = BenchReport(kind: "startup", startedAt: "", host: [])
        empty.interrupted = true
        #expect(TerminalTable.text(empty).contains("ended before its time"))
        #expect(HTMLPage.text(empty).contains("</html>") && MarkdownPage.text(empty).hasPrefix("# isorun bench"))
    }
}

@Suite struct `A comparison with an earlier run` {
    @Test(arguments: [(1.0, Comparison.Verdict.same, 0), (1.5, .slower, 1), (0.5, .faster, 0), (1.05, .slower, 0)])
    func `says faster, slower or the same`(factor: Double, verdict: Comparison.Verdict, regressions: Int) throws {
        let comparison = Comparison(report(2 * factor), to: report(2), tolerance: 0.1)
        let line = try #require(comparison.lines.last)
        #expect(line.verdict == verdict)
        #expect(comparison.regressions.count == regressions)
        #expect(comparison.text(tolerance: 0.1).contains(verdict.rawValue))
    }

    @Test func `knows that more containers a second are better`() {
        let old = report(2, higherIsBetter: true)
        #expect(Comparison(report(1, higherIsBetter: true), to: old, tolerance: 0.1).lines.last?.verdict == .slower)
        #expect(Comparison(report(1, higherIsBetter: true), to: old, tolerance: 0.1).regressions.count == 1)
        #expect(Comparison(report(4, higherIsBetter: true), to: old, tolerance: 0.1).regressions.isEmpty)
    }

    @Test func `takes what fails now and did not then for a regression`() {
        var new = report(2)
        new.rows[1].measures = []
        new.rows[1].failure = .init("it hung")
        let comparison = Comparison(new, to: report(2), tolerance: 0.1)
        #expect(comparison.regressions.map(\.row) == ["the other"])
        #expect(comparison.lines.last?.verdict == .lost)
    }

    @Test func `says nothing of a row that was left out on purpose`() {
        let comparison = Comparison(report(2, rows: ["isorun"]), to: report(2), tolerance: 0.1)
        #expect(comparison.lines.map(\.row) == ["the isorun"] && comparison.regressions.isEmpty)
    }

    /// The report with so many samples of each row.
    private func few(_ count: Int, factor: Double = 2) -> BenchReport {
        var few = report(factor)
        for index in few.rows.indices {
            few.rows[index].measures[0].samples = Array(few.rows[index].measures[0].samples.prefix(count))
        }
        few.relate { _ in "isorun" }
        return few
    }

    @Test(arguments: [1, 4]) func `of a few runs says that they are too few`(count: Int) throws {
        let comparison = Comparison(few(count, factor: 9), to: few(count), tolerance: 0.1)
        #expect(comparison.lines.map(\.verdict) == [.unclear, .unclear] && comparison.regressions.isEmpty)
        #expect(comparison.text(tolerance: 0.1).hasSuffix("too few runs to tell of a regression\n"))
        let stored = few(count)
        #expect(stored.rows[1].measures[0].ratio?.text == "2.00 (too few runs)")
        let read = try BenchReport(json: JSON(parsing: stored.json.page), path: "x")
        #expect(read.rows[1].measures[0].ratio == stored.rows[1].measures[0].ratio)
    }

    @Test func `takes nothing in both runs for the same`() {
        var nothing = report(2)
        nothing.rows[1].measures[0].samples = [0, 0, 0, 0, 0]
        let same = Comparison(nothing, to: nothing, tolerance: 0.1)
        #expect(same.lines.last?.verdict == .same && same.regressions.isEmpty)
        let more = Comparison(report(2), to: nothing, tolerance: 0.1)
        #expect(more.lines.last?.verdict == .slower && more.regressions.count == 1)
    }

    @Test func `is refused to a report of another kind, and to one without a figure`() throws {
        let stored = report(2)
        #expect(throws: ReportingError.self) { try stored.checkComparable(to: "throughput", path: "x") }
        try stored.checkComparable(to: "startup", path: "x")
        var empty = stored
        empty.rows = []
        #expect(throws: ReportingError.self) { try empty.checkComparable(to: "startup", path: "x") }
    }

    @Test func `warns of another machine`() {
        var old = report(2)
        old.host = [.init("CPU", "another")]
        #expect(Comparison(report(2), to: old, tolerance: 0.1).warnings == ["CPU was another and is one"])
    }
}
