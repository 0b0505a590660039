/// What `-test.v` prints, read line by line.
struct GoText {
    private let indices: [Substring: Int]
    private var found: [TestReport?] = []
    /// Where the last start of each stands there.
    private var starts: [Int: Int] = [:]
    /// What each has said with `t.Error` and its like, in whose name is told by the last of go's own lines.
    private var said: [Int: [String]] = [:]
    private var current: Int?
    /// The program's own last line, `PASS` or `FAIL`, once no test came behind it.
    private var hasPassed: Bool?

    private static let (mostLines, longestLine) = (8, 4000)

    init(_ tests: [TestID]) {
        indices = Dictionary(tests.enumerated().map { ($1.specifier[...], $0) }) { first, _ in first }
    }

    mutating func take(_ line: Substring) {
        // What was printed without a line end may stand before any of them.
        if let run = line.ranges(of: "=== RUN   ").last {
            begin(line[run.upperBound...], isNew: true)
        } else if line.hasPrefix("=== PAUSE "), let index = indices[line.dropFirst(10)] {
            // It waits for the others, and whatever ends the program meanwhile is not its doing.
            if let start = starts.removeValue(forKey: index) { found[start] = nil }
        } else if line.hasPrefix("=== CONT  ") {
            begin(line.dropFirst(10), isNew: true)
        } else if line.hasPrefix("=== NAME  ") {
            begin(line.dropFirst(10), isNew: false)
        } else if let end = GoEnd(of: line), let index = indices[end.test] {
            if let message = Self.message(in: line[..<end.start]) { say(message, index) }
            found.append(TestReport(test: index, status: status(end.verdict, index), duration: end.duration))
            (current, hasPassed) = (nil, nil)
        } else if let current, let message = Self.message(in: line) {
            say(message, current)
        } else if line.hasSuffix("PASS") || line.hasSuffix("FAIL") {
            hasPassed = line.hasSuffix("PASS")
        }
    }

    private mutating func say(_ message: String, _ index: Int) {
        var lines = said[index] ?? []
        if lines.count == Self.mostLines { lines.removeFirst() }
        said[index] = lines + [String(message.prefix(Self.longestLine))]
    }

    /// All that was told; of two tests of one name, in a package and beside it, the one that failed is told.
    ///
    /// How the program died is asked for only where a failure says nothing itself. In one that passed none of its own
    /// tests failed: a test may have started it anew, as a child that was to fail.
    func reports(exitCode: Int32?, panic: () -> Substring?) -> [TestReport] {
        let isPass = exitCode == 0 && hasPassed == true
        var failures: [Int: TestReport] = [:]
        let reports = found.compactMap(\.self).map { report in
            var report = report
            guard case .failed = report.status, failures[report.test] == nil else { return report }
            let message = said[report.test]?.joined(separator: "\n") ?? panic().map(String.init) ?? "the test failed"
            report.status = .failed(message)
            failures[report.test] = report
            return report
        }
        return isPass ? reports : reports.map { $0.status == .started ? $0 : failures[$0.test] ?? $0 }
    }

    // A subtest is its test's.
    private mutating func begin(_ name: Substring, isNew: Bool) {
        current = indices[name.prefix { $0 != "/" }]
        guard isNew, let index = indices[name] else { return }
        starts[index] = found.count
        found.append(TestReport(test: index, status: .started))
        hasPassed = nil
    }

    private func status(_ verdict: Substring, _ index: Int) -> TestReport.Status {
        switch verdict {
        case "PASS": .passed
        case "SKIP": .skipped(said[index]?.last ?? "")
        // What it said goes with it at the end.
        default: .failed("")
        }
    }

    /// What `t.Error` and its like print: indented, or with its place behind what was printed without a line end.
    private static func message(in line: Substring) -> String? {
        if line.hasPrefix("    ") { return String(line.drop { $0 == " " }) }
        guard let mark = line.firstRange(of: ".go:"), line[mark.upperBound...].first?.isNumber == true else {
            return nil
        }
        guard let indent = line[..<mark.lowerBound].ranges(of: "    ").last else { return nil }
        return String(line[indent.upperBound...])
    }
}

/// The notice of a test's end: `--- PASS: TestX (0.00s)`, with what the test printed last before it.
private struct GoEnd {
    var verdict: Substring
    var test: Substring
    var duration: Duration
    /// Where it begins in the line.
    var start: Substring.Index

    init?(of line: Substring) {
        guard line.hasSuffix("s)"), let open = line.ranges(of: " (").last else { return nil }
        guard let seconds = Duration(told: Double(line[open.upperBound...].dropLast(2))) else { return nil }
        guard let dashes = line[..<open.lowerBound].ranges(of: "--- ").last else { return nil }
        // A test's own words, which have their place before them.
        guard !line.hasPrefix("    ") || !line[..<dashes.lowerBound].contains(".go:") else { return nil }
        let words = line[dashes.upperBound..<open.lowerBound].split(separator: ": ", maxSplits: 1)
        guard words.count == 2 else { return nil }
        (verdict, test, start) = (words[0], words[1], dashes.lowerBound)
        duration = seconds
    }
}
