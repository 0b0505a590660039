internal import IsorunReporting

/// The event stream of Swift Testing, version 0: JSON lines in the order in which things happened.
struct SwiftTestingEvents {
    private let tests: [TestID]
    private let indices: [String: Int]
    private var reports: [TestReport] = []
    private var started: [Int: Double] = [:]
    private var issues: [Int: String] = [:]
    /// What a suite says of all its tests: by its name what went wrong with it, and why it was left out.
    private var suiteIssues: [String: String] = [:]
    private var skippedSuites: [String: String] = [:]
    /// What went wrong and belongs to no test, as in a detached task.
    private var nobodysIssue: String?
    private var hasEnded = false

    /// - Returns: what was said of each test, and whether the run as a whole has come to its end.
    static func read(_ bytes: [UInt8], tests: [TestID]) -> (reports: [TestReport], hasEnded: Bool) {
        var events = SwiftTestingEvents(tests)
        // The process may have died within a line.
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            guard let record = try? JSON(parsing: Array(line)), record["kind"]?.string == "event" else { continue }
            if let payload = record["payload"] { events.take(payload) }
        }
        return (events.complete(), events.hasEnded)
    }

    private init(_ tests: [TestID]) {
        self.tests = tests
        indices = Dictionary(tests.enumerated().map { ($1.specifier, $0) }) { first, _ in first }
    }

    private mutating func take(_ payload: JSON) {
        hasEnded = payload["kind"]?.string == "runEnded"
        let id = payload["testID"]?.string
        // Overloads are listed with their places, all others without.
        let bare = id.map { String(Self.withoutPlace($0[...])) }
        if let id, let bare, let index = indices[id] ?? indices[bare] {
            take(payload, of: index)
        } else if payload["kind"]?.string == "issueRecorded" {
            guard Self.isFailure(payload) else { return }
            if let bare {
                suiteIssues[bare] = suiteIssues[bare] ?? Self.message(payload)
            } else {
                nobodysIssue = nobodysIssue ?? Self.message(payload)
            }
        } else if let bare, payload["kind"]?.string == "testCancelled" || payload["kind"]?.string == "testSkipped" {
            skippedSuites[bare] = Self.message(payload)
        }
    }

    private mutating func take(_ payload: JSON, of index: Int) {
        let instant = payload["instant"]?["absolute"]?.double
        switch payload["kind"]?.string {
        case "testStarted":
            started[index] = instant
            reports.append(TestReport(test: index, status: .started))
        case "issueRecorded":
            if Self.isFailure(payload) { issues[index] = issues[index] ?? Self.message(payload) }
        case "testSkipped":
            reports.append(TestReport(test: index, status: .skipped(Self.message(payload))))
        case "testEnded":
            var duration: Duration?
            if let begin = started[index], let instant { duration = Duration(told: instant - begin) }
            reports.append(TestReport(test: index, status: Self.status(payload, issues[index]), duration: duration))
        default: break
        }
    }

    /// With what was said of a test beside its own run.
    ///
    /// That is by a trait that kept it from being run, by one of its suite, or by nobody that is known: what passed in a
    /// run that failed so is no pass of anybody's.
    private func complete() -> [TestReport] {
        var last: [Int: TestReport] = [:]
        for report in reports { last[report.test] = report }
        return reports
            + tests.indices.compactMap { index in
                let status = last[index]?.status
                guard status == nil || status == .passed else { return nil }
                let duration = last[index]?.duration
                if let issue = issues[index] ?? suites(of: index, suiteIssues) ?? (status == nil ? nil : nobodysIssue) {
                    return TestReport(test: index, status: .failed(issue), duration: duration)
                }
                guard status == nil, let reason = suites(of: index, skippedSuites) else { return nil }
                return TestReport(test: index, status: .skipped(reason))
            }
    }

    private func suites(of index: Int, _ told: [String: String]) -> String? {
        guard !told.isEmpty else { return nil }
        var suite = tests[index].specifier[...]
        while let slash = suite.lastIndex(of: "/") {
            suite = suite[..<slash]
            if let found = told[String(suite)] { return found }
        }
        return nil
    }

    private static func isFailure(_ payload: JSON) -> Bool {
        payload["issue"]?["isKnown"]?.bool != true && payload["issue"]?["isFailure"]?.bool != false
    }

    private static func status(_ payload: JSON, _ issue: String?) -> TestReport.Status {
        let symbols = (payload["messages"]?.array ?? []).compactMap { $0["symbol"]?.string }
        if let issue { return .failed(issue) }
        if symbols.contains("fail") { return .failed("the test failed") }
        if symbols.contains("skip") { return .skipped("the test cancelled itself") }
        return .passed
    }

    /// The stream's names end with the place: `Module.Suite/test()/File.swift:1:2`.
    static func withoutPlace(_ id: Substring) -> Substring {
        guard let slash = id.lastIndex(of: "/") else { return id }
        let place = id[slash...].split(separator: ":")
        guard place.count == 3, Int(place[1]) != nil, Int(place[2]) != nil else { return id }
        return id[..<slash]
    }

    private static func message(_ payload: JSON) -> String {
        let texts = (payload["messages"]?.array ?? []).compactMap { $0["text"]?.string }
        var text = texts.first ?? "the framework gave no reason"
        if let location = payload["_sourceLocation"] ?? payload["issue"]?["sourceLocation"],
            let file = location["fileID"]?.string, let line: Int = location["line"]?.integer()
        {
            text = "\(file.split(separator: "/").last ?? ""):\(line): \(text)"
        }
        return text
    }
}
