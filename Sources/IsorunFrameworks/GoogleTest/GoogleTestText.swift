/// What a GoogleTest program prints, read line by line.
struct GoogleTestText {
    private let tests: [TestID]
    private let indices: [String: Int]
    private var found: [TestReport] = []
    private var message: [String] = []
    // What a test prints may look like its end, and those that failed are named once more behind the total.
    private var failed: Set<Int> = []
    private var skipped: Set<Int> = []
    /// Suites that are named behind the total.
    private var failedSuites: Set<Substring> = []
    /// Suites in which something failed while none of their tests ran; an empty name is the whole program's.
    private var brokenSuites: Set<Substring> = []
    private var suite: Substring = ""
    private var runsTest = false
    private var hasTotal = false

    init(_ tests: [TestID]) {
        self.tests = tests
        indices = Dictionary(tests.enumerated().map { ($1.specifier, $0) }) { _, last in last }
    }

    mutating func take(_ line: Substring) {
        guard let (mark, rest) = Self.mark(in: line) else { return takeOther(line) }
        // Of its tests none may show it, and all may have run without what they need.
        if mark == "FAILED", rest.hasSuffix(Self.suiteFailure) {
            failedSuites.insert(rest.dropLast(Self.suiteFailure.count))
            return
        }
        guard let index = Self.test(rest, indices) else { return }
        runsTest = mark == "RUN"
        if runsTest { hasTotal = false }
        guard !failed.contains(index) else { return }
        if runsTest {
            message = []
            found.append(TestReport(test: index, status: .started))
            return
        }
        let time = Self.time(rest)
        defer { message = [] }
        switch mark {
        case "OK": found.append(TestReport(test: index, status: .passed, duration: time))
        case "FAILED":
            failed.insert(index)
            found.append(TestReport(test: index, status: .failed(reason), duration: time))
        case "SKIPPED" where skipped.insert(index).inserted:
            found.append(TestReport(test: index, status: .skipped(reason), duration: time))
        default: break
        }
    }

    // Between tests: suites begin and end, and so does all of it.
    private mutating func takeOther(_ line: Substring) {
        let rule = line.ranges(of: "[----------] ").last ?? line.ranges(of: "[==========] ").last
        // What stands before it is no test's.
        if rule?.lowerBound == line.startIndex { message = [] }
        message.append(String(line))
        guard !runsTest else { return }
        if let rule {
            let words = line[rule.upperBound...]
            if line[rule] == "[==========] " { hasTotal = words.contains(" ran.") } else { suite = Self.suite(words) }
        } else if line.hasSuffix(Self.failureMark), !hasTotal {
            brokenSuites.insert(suite)
        }
    }

    /// All that was told.
    ///
    /// A process that ended with 0 before its total was ended by what it had come to, whatever was written of that.
    func reports(_ evidence: TestEvidence) -> [TestReport] {
        hasTotal ? found + namedSuites() : found.endedEarly(evidence) + namedSuites() + unnamedSuites()
    }

    private func namedSuites() -> [TestReport] {
        tests.indices.compactMap { index in
            guard let suite = suite(of: index), failedSuites.contains(suite), !failed.contains(index) else {
                return nil
            }
            return TestReport(test: index, status: .failed("failed: \(suite)\(Self.suiteFailure)"))
        }
    }

    // Without a total nobody names them; tests that did not come to their end, or were not reached, are run again.
    private func unnamedSuites() -> [TestReport] {
        guard !brokenSuites.isEmpty else { return [] }
        var last: [Int: TestReport.Status] = [:]
        for report in found { last[report.test] = report.status }
        return tests.indices.compactMap { index in
            guard !failed.contains(index), let status = last[index], status != .started else { return nil }
            if let suite = suite(of: index), brokenSuites.contains(suite) {
                return TestReport(test: index, status: .failed("failed: \(suite)\(Self.suiteFailure)"))
            }
            guard brokenSuites.contains("") else { return nil }
            return TestReport(test: index, status: .failed("something failed outside of all tests"))
        }
    }

    private func suite(of index: Int) -> Substring? {
        let name = tests[index].specifier
        return name.firstIndex(of: ".").map { name[..<$0] }
    }

    /// Of `2 tests from Suite, where TypeParam = int`; nothing where it is a suite's end or no suite's.
    private static func suite(_ words: Substring) -> Substring {
        guard !words.hasSuffix(" ms total)"), let from = words.firstRange(of: " from ") else { return "" }
        let name = words[from.upperBound...]
        return name.firstRange(of: ", where ").map { name[..<$0.lowerBound] } ?? name
    }

    private static let suiteFailure = ": SetUpTestSuite or TearDownTestSuite"
    private static let failureMark = ": Failure"

    /// What a test's lines begin with.
    static let marks = ["[ RUN      ] ", "[       OK ] ", "[  FAILED  ] ", "[  SKIPPED ] "]

    /// A mark and what stands behind it; what a test printed without a line end may stand before it.
    private static func mark(in line: Substring) -> (mark: String, rest: Substring)? {
        guard line.utf8.contains(UInt8(ascii: "[")) else { return nil }
        for mark in marks {
            guard let found = line.ranges(of: mark).last else { continue }
            return (mark.filter { !"[] ".contains($0) }, line[found.upperBound...])
        }
        return nil
    }

    /// GoogleTest's own words.
    ///
    /// They begin with the line that says where (`FILE:LINE: Failure`, `unknown file: Failure`) and have no empty line.
    /// What the test itself printed stands before them; what stands behind them is told apart only by an empty line.
    private var reason: String {
        var said: [String] = []
        var isOwn = false
        for line in message {
            if Self.placeMarks.contains(where: { line.hasSuffix($0) }) { isOwn = true }
            if line.isEmpty { isOwn = false }
            if isOwn { said.append(line) }
        }
        if said.isEmpty { said = Array(message.drop { $0.isEmpty }.prefix { !$0.isEmpty }) }
        return said.isEmpty ? "the test failed" : said.joined(separator: "\n")
    }

    private static let placeMarks = [failureMark, ": Skipped"]

    /// Whose line it is: behind the name may stand its parameter (`, where GetParam() = …`, which may go on in the next
    /// line), and its time, unless the program wants none to be printed.
    private static func test(_ rest: Substring, _ indices: [String: Int]) -> Int? {
        let timed = rest.hasSuffix(" ms)") ? rest.ranges(of: " (").last.map { rest[..<$0.lowerBound] } : nil
        let name = timed ?? rest
        let bare = name.firstRange(of: ", where ").map { name[..<$0.lowerBound] }
        return indices[String(name)] ?? bare.flatMap { indices[String($0)] }
    }

    private static func time(_ rest: Substring) -> Duration? {
        guard let open = rest.lastIndex(of: "("), rest.hasSuffix(" ms)") else { return nil }
        return Duration(told: Double(rest[rest.index(after: open)...].dropLast(4)).map { $0 / 1000 })
    }
}
