internal import IsorunReporting

/// The event stream of Swift Testing, version 0: JSON lines in the order in which things happened.
enum SwiftTestingEvents {
    /// - Returns: what was said of each test, and whether the run as a whole has come to its end.
    static func read(_ bytes: [UInt8], tests: [TestID]) -> (reports: [TestReport], hasEnded: Bool) {
        var indices: [String: Int] = [:]
        for (index, test) in tests.enumerated() { indices[test.specifier] = index }
        var reports: [TestReport] = []
        var issues: [Int: String] = [:]
        var started: [Int: Double] = [:]
        var hasEnded = false
        // The process may have died within a line.
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            guard let record = try? JSON(parsing: Array(line)), record["kind"]?.string == "event" else { continue }
            guard let payload = record["payload"] else { continue }
            hasEnded = payload["kind"]?.string == "runEnded"
            guard let id = payload["testID"]?.string else { continue }
            // Overloads are listed with their places, all others without.
            guard let index = indices[id] ?? indices[String(withoutPlace(id[...]))] else { continue }
            let instant = payload["instant"]?["absolute"]?.double
            switch payload["kind"]?.string {
            case "testStarted":
                started[index] = instant
                reports.append(TestReport(test: index, status: .started))
            case "issueRecorded":
                guard payload["issue"]?["isKnown"]?.bool != true else { break }
                if payload["issue"]?["isFailure"]?.bool == false { break }
                issues[index] = issues[index] ?? message(payload)
            case "testSkipped":
                reports.append(TestReport(test: index, status: .skipped(message(payload))))
            case "testEnded":
                var duration: Duration?
                if let begin = started[index], let instant, instant >= begin {
                    duration = .nanoseconds(Int64((instant - begin) * 1e9))
                }
                reports.append(TestReport(test: index, status: status(payload, issues[index]), duration: duration))
            default: break
            }
        }
        return (reports, hasEnded)
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
