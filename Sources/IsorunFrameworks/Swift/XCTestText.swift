/// The text that XCTest prints on Linux: `Test Case 'Class.test' started at …`, `… passed (0.001 seconds)`.
enum XCTestText {
    /// A report for each notice, and whether XCTest came to its own end.
    static func read(_ output: [UInt8], tests: [TestID]) -> (reports: [TestReport], hasEnded: Bool) {
        var indices: [String: Int] = [:]
        for (index, test) in tests.enumerated() { indices[key(test)] = index }
        var reports: [TestReport] = []
        var problem: [Int: String] = [:]
        // A class that has begun and of which no test has: it sets itself up.
        var opening: Substring?
        var end = XCTestEnd()
        for line in lines(output) {
            end.take(line)
            // What a flood is made of has neither.
            guard line.utf8.contains(where: { $0 == UInt8(ascii: "'") || $0 == UInt8(ascii: ":") }) else { continue }
            if let (index, message) = failure(line, indices) {
                problem[index] = problem[index] ?? message
            }
            if let suite = notice("Test Suite '", in: line) {
                opening = suite.rest.hasPrefix("started at ") ? suite.name : nil
                end.take(suite.name, suite.rest)
            }
            guard let (name, rest) = notice("Test Case '", in: line, of: indices), let index = indices[String(name)]
            else {
                continue
            }
            opening = nil
            if rest.hasPrefix("started at ") {
                end.begin(index)
                reports.append(TestReport(test: index, status: .started))
            } else if rest.hasPrefix("passed (") {
                reports.append(TestReport(test: index, status: .passed, duration: seconds(rest)))
            } else if rest.hasPrefix("failed (") {
                let message = problem[index] ?? "the test failed"
                reports.append(TestReport(test: index, status: .failed(message), duration: seconds(rest)))
            } else if rest.hasPrefix("skipped (") {
                let reason = problem[index] ?? "the test skipped itself"
                reports.append(TestReport(test: index, status: .skipped(reason), duration: seconds(rest)))
            }
        }
        return (reports + [begun(opening, tests, after: reports)].compactMap(\.self), end.isThere)
    }

    // What ends the process then is the doing of that class, and so of the first of its tests.
    private static func begun(_ suite: Substring?, _ tests: [TestID], after reports: [TestReport]) -> TestReport? {
        guard let suite else { return nil }
        let last = Dictionary(reports.map { ($0.test, $0.status) }) { $1 }
        guard !last.values.contains(.started) else { return nil }
        let index = tests.indices.first { key(tests[$0]).hasPrefix("\(suite).") && last[$0] == nil }
        return index.map { TestReport(test: $0, status: .started) }
    }

    private static let longestName = 4096

    /// A notice of XCTest's and what stands behind its name: the last in the line, as what a test printed without a line
    /// end stands before it, and may look like one.
    private static func notice(
        _ mark: String,
        in line: Substring,
        of indices: [String: Int]? = nil
    ) -> (name: Substring, rest: Substring)? {
        let marks = line.ranges(of: mark)
        guard !marks.isEmpty else { return nil }
        // Both lists are gone through once, for a line may be made of nothing else.
        var ends = line.ranges(of: "' ")[...]
        var end: Range<Substring.Index>?
        for start in marks.reversed() {
            while let last = ends.last, last.lowerBound >= start.upperBound { end = ends.removeLast() }
            guard let end, line.utf8.distance(from: start.upperBound, to: end.lowerBound) < longestName else {
                continue
            }
            let name = line[start.upperBound..<end.lowerBound]
            guard indices.map({ $0[String(name)] != nil }) ?? true else { continue }
            return (name, line[end.upperBound...])
        }
        return nil
    }

    // The module is not printed.
    static func key(_ test: TestID) -> String {
        let classname = test.classname.split(separator: ".", maxSplits: 1).last.map(String.init) ?? test.classname
        return "\(classname).\(test.name)"
    }

    /// `FILE:LINE: error: Class.test : message`, or `FILE:LINE: Class.test : Test skipped - reason`.
    private static func failure(_ line: Substring, _ indices: [String: Int]) -> (Int, String)? {
        if let found = line.range(of: " : Test skipped"), let start = line[..<found.lowerBound].lastIndex(of: " ") {
            guard let index = indices[String(line[line.index(after: start)..<found.lowerBound])] else { return nil }
            let reason = line[found.upperBound...].drop { $0 == " " || $0 == "-" }
            return (index, reason.isEmpty ? "the test skipped itself" : String(reason))
        }
        guard let found = line.range(of: ": error: ") else { return nil }
        let rest = line[found.upperBound...]
        guard let colon = rest.range(of: " : ") else { return nil }
        guard let index = indices[String(rest[..<colon.lowerBound])] else { return nil }
        let place = line[..<found.lowerBound].split(separator: "/").last.map(String.init) ?? ""
        return (index, "\(place): \(rest[colon.upperBound...])")
    }

    private static func seconds(_ rest: Substring) -> Duration? {
        Duration(told: Double(rest.drop { $0 != "(" }.dropFirst().prefix { $0 != " " }))
    }
}

extension Substring {
    /// Where a text stands; Foundation's method of this name stays out of this target.
    func range(of text: String) -> Range<Index>? { firstRange(of: text) }
}
