/// What Rust's libtest prints, read so that nothing a test prints into it can pass for its result.
///
/// libtest says `test NAME ... ` before a test that runs alone and its result behind it, with what the test wrote to the
/// descriptor between the two. Only its last words, the list of what failed and the summary, stand where no test of
/// that process writes any more: where there is a summary, it decides.
struct LibtestText {
    private let text: [Substring]
    private let tests: [TestID]
    private let indices: [Substring: Int]
    private let cause: LibtestCause
    /// What stands behind `test NAME ... `, up to the next such line or libtest's last words.
    private var regions: [(test: Int, lines: [Substring])] = []
    private var summary: Summary?
    private var failed: Set<Int> = []

    /// - Parameters:
    ///   - output: standard output.
    ///   - errors: standard error, which says of a test alone why it failed.
    ///   - tests: what was asked for.
    init(_ output: [UInt8], errors: [UInt8], tests: [TestID]) {
        text = lines(output)
        self.tests = tests
        cause = LibtestCause(lines(errors), isAlone: tests.count == 1)
        var indices: [Substring: Int] = [:]
        for (index, test) in tests.enumerated() { indices[test.specifier[...]] = index }
        self.indices = indices
        let end = text.lastIndex { Summary($0) != nil }
        summary = end.flatMap { Summary(text[$0]) }
        if let end, let summary, summary.failed > 0 { takeFailures(before: end) }
        takeRegions(until: end ?? text.count)
    }

    /// A report for each test that was begun.
    func reports() -> [TestReport] {
        guard let summary else { return unfinished() }
        let ignored = regions.filter { reason($0) != nil && !failed.contains($0.test) }
        guard failed.count == summary.failed else { return contradiction() }
        if tests.count == 1 { return alone(summary) }
        guard ignored.count == summary.ignored, regions.count == summary.count else { return contradiction() }
        return regions.map { region in
            if failed.contains(region.test) {
                return TestReport(test: region.test, status: .failed(message(region.test)))
            }
            return TestReport(test: region.test, status: reason(region).map { .skipped($0) } ?? .passed)
        }
    }

    // Whatever it printed, the summary is of it alone.
    private func alone(_ summary: Summary) -> [TestReport] {
        guard summary.count == 1 else { return summary.count == 0 ? [] : contradiction() }
        if summary.failed == 1 {
            return [TestReport(test: 0, status: .failed(message(0)))]
        }
        guard summary.ignored == 1 else { return [TestReport(test: 0, status: .passed)] }
        return [TestReport(test: 0, status: .skipped(regions.last.flatMap(reason) ?? "ignored"))]
    }

    // The process ended before libtest did: the last test that was begun had not ended, whatever it printed.
    private func unfinished() -> [TestReport] {
        regions.enumerated().map { place, region in
            guard place < regions.count - 1 else { return TestReport(test: region.test, status: .started) }
            if let reason = reason(region) { return TestReport(test: region.test, status: .skipped(reason)) }
            let last = region.lines.last ?? ""
            let isGood = last.hasSuffix("ok") && !region.lines.contains { $0.hasSuffix("FAILED") }
            return TestReport(test: region.test, status: isGood ? .passed : .failed(message(region.test)))
        }
    }

    private func contradiction() -> [TestReport] {
        let begun = Set(regions.map(\.test)).sorted()
        let why = "libtest's summary does not fit the lines before it, into which a test may have printed"
        return begun.map { TestReport(test: $0, status: .failed(failed.contains($0) ? message($0) : why)) }
    }

    // `failures:`, each name on a line of four spaces, an empty line, the summary.
    private mutating func takeFailures(before end: Int) {
        var line = end - 1
        while line >= 0, text[line].isEmpty { line -= 1 }
        while line >= 0, text[line].hasPrefix("    ") {
            if let index = indices[text[line].dropFirst(4)] { failed.insert(index) }
            line -= 1
        }
    }

    private mutating func takeRegions(until end: Int) {
        // The sections of what failed begin with the first of their headings.
        let last = text[..<end].firstIndex { $0.hasPrefix("---- ") && $0.hasSuffix(" stdout ----") } ?? end
        var begun: Set<Int> = []
        for line in text[..<last] {
            if let (test, rest) = start(line), begun.insert(test).inserted {
                regions.append((test, [rest]))
            } else if let place = regions.indices.last, !line.isEmpty, line != "failures:", line != "successes:" {
                regions[place].lines.append(line)
            }
        }
    }

    // `test a::b ... `, or `test a::b - should panic ... `.
    private func start(_ line: Substring) -> (Int, Substring)? {
        guard line.hasPrefix("test "), let dots = line.firstRange(of: " ... ") else { return nil }
        let name = line[..<dots.lowerBound].dropFirst(5)
        let bare = name.firstRange(of: " - ").map { name[..<$0.lowerBound] } ?? name
        return indices[bare].map { ($0, line[dots.upperBound...]) }
    }

    private func reason(_ region: (test: Int, lines: [Substring])) -> String? {
        guard region.lines.count == 1, let line = region.lines.first else { return nil }
        return line == "ignored" || line.hasPrefix("ignored, ") ? String(line) : nil
    }

    // What a captured test printed stands under a heading of its own.
    private func message(_ test: Int) -> String {
        let name = tests[test].specifier
        let start = text.lastIndex { $0 == "---- \(name) stdout ----" } ?? text.count
        let section = text.dropFirst(start + 1).prefix { !$0.hasPrefix("---- ") && $0 != "failures:" }
        return cause.text(of: name, Array(section))
    }
}

/// `test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 3 filtered out; finished in 0.00s`.
private struct Summary {
    var passed: Int
    var failed: Int
    var ignored: Int
    /// The tests that it is about.
    var count: Int { passed + failed + ignored }

    init?(_ line: Substring) {
        guard let body = ["test result: ok. ", "test result: FAILED. "].first(where: { line.hasPrefix($0) }) else {
            return nil
        }
        var numbers: [Substring: Int] = [:]
        for part in line.dropFirst(body.count).split(separator: "; ") {
            let words = part.split(separator: " ", maxSplits: 1)
            if words.count == 2, let number = Int(words[0]), number >= 0 { numbers[words[1]] = number }
        }
        guard let passed = numbers["passed"], let failed = numbers["failed"], let ignored = numbers["ignored"],
            numbers["filtered out"] != nil, passed < 1 << 30, failed < 1 << 30, ignored < 1 << 30
        else { return nil }
        self.passed = passed
        self.failed = failed
        self.ignored = ignored
    }
}
