/// Reads the elements of a hostile JUnit document into suites.
///
/// A stack says where in the document it is; elements it does not know are passed over with all they hold.
struct CollectedParser {
    private enum Place: Equatable {
        case suites, suite, testcase, failure, error, skipped, trace, stdout, stderr, other
        case rerun(JUnitRerun.Kind)
    }
    private let limits: CollectLimits
    private var places: [Place] = []
    private var open: [JUnitSuite] = []
    private var done: [JUnitSuite] = []
    private var testcase: JUnitCase?
    private var rerun: JUnitRerun?
    private var text = ""
    private var count = 0
    private var kept = 0

    /// The suites of a document in UTF-8 that the guard has let through.
    ///
    /// - Throws: `JUnitError` with the reason why the file is left out as a whole.
    static func suites(_ document: [UInt8], _ limits: CollectLimits) throws(JUnitError) -> [JUnitSuite] {
        var parser = CollectedParser(limits: limits)
        let reader = try XMLReader(document)
        let deadline = ContinuousClock.now + limits.time
        var nodes = 0
        while let node = try reader.next() {
            nodes += 1
            if nodes.isMultiple(of: 1024), ContinuousClock.now > deadline {
                throw JUnitError("it takes too long to read")
            }
            guard reader.depth < limits.depth else {
                throw JUnitError("elements are nested deeper than \(limits.depth) levels")
            }
            switch node {
            case .start(let name, let isEmpty):
                try parser.begin(name, reader)
                if isEmpty { parser.end() }
            case .end: parser.end()
            case .text: parser.take(reader)
            case .other: break
            }
        }
        return parser.done
    }

    private init(limits: CollectLimits) { self.limits = limits }

    private mutating func begin(_ name: String, _ reader: borrowing XMLReader) throws(JUnitError) {
        let place = place(of: name)
        if places.isEmpty, place != .suites, place != .suite {
            throw JUnitError("it is no JUnit report: its root is neither testsuites nor testsuite")
        }
        places.append(place)
        switch place {
        case .suite: open.append(JUnitSuite(name: attribute("name", reader) ?? "unnamed"))
        case .testcase: try beginCase(reader)
        case .failure: worsen(.failure(problem(reader)))
        case .error: worsen(.error(problem(reader)))
        case .skipped: worsen(.skipped(problem(reader).message))
        case .rerun(let kind): rerun = JUnitRerun(kind: kind, problem: problem(reader))
        case .suites, .trace, .stdout, .stderr, .other: break
        }
        text = ""
    }

    private func place(of name: String) -> Place {
        switch (places.last, name) {
        case (nil, "testsuites"): .suites
        case (nil, "testsuite"), (.suites, "testsuite"), (.suite, "testsuite"): .suite
        case (.suite, "testcase"): .testcase
        case (.testcase, "failure"): .failure
        case (.testcase, "error"): .error
        case (.testcase, "skipped"): .skipped
        case (.testcase, "system-out"), (.rerun, "system-out"): .stdout
        case (.testcase, "system-err"), (.rerun, "system-err"): .stderr
        case (.rerun, "stackTrace"): .trace
        case (.testcase, _): JUnitRerun.Kind(rawValue: name).map { .rerun($0) } ?? .other
        default: .other
        }
    }

    private mutating func beginCase(_ reader: borrowing XMLReader) throws(JUnitError) {
        count += 1
        guard count <= limits.cases else { throw JUnitError("it has more than \(limits.cases) cases") }
        testcase = JUnitCase(
            name: attribute("name", reader) ?? "unnamed",
            classname: attribute("classname", reader) ?? open.last?.name ?? "",
            seconds: seconds(reader.attribute("time", limit: 64)),
            status: .passed
        )
    }

    private mutating func end() {
        switch places.popLast() {
        case .suite: if let suite = open.popLast() { done.append(suite) }
        case .testcase:
            if let testcase, !open.isEmpty { open[open.count - 1].cases.append(testcase) }
            testcase = nil
        case .failure, .error: testcase?.status.addDetails(text)
        case .skipped: testcase?.status.addReason(text)
        case .rerun:
            if var rerun {
                if rerun.problem.details.isEmpty { rerun.problem.details = text }
                testcase?.reruns.append(rerun)
            }
            rerun = nil
        case .trace: rerun?.problem.details = text
        case .stdout: if rerun == nil { testcase?.stdout += text } else { rerun?.stdout = text }
        case .stderr: if rerun == nil { testcase?.stderr += text } else { rerun?.stderr = text }
        case .suites, .other, nil: break
        }
        text = ""
    }

    /// Takes text as far as the limits let it.
    private mutating func take(_ reader: borrowing XMLReader) {
        switch places.last {
        case nil, .suites, .suite, .testcase, .other: return
        default: break
        }
        let room = min(limits.textBytes - text.utf8.count, limits.totalTextBytes - kept)
        guard room > 0 else { return }
        var value = reader.value(limit: room + 1)
        if value.utf8.count > room {
            value = String(decoding: value.utf8.prefix(room), as: UTF8.self) + "\n[isorun: the rest was left out here]"
        }
        kept += value.utf8.count
        text += value
    }

    /// Takes a worse status and keeps it: what failed stays failed, whatever else the element says.
    private mutating func worsen(_ status: JUnitCase.Status) {
        guard let present = testcase?.status, status.badness > present.badness else { return }
        testcase?.status = status
    }

    private mutating func problem(_ reader: borrowing XMLReader) -> JUnitProblem {
        JUnitProblem(
            type: attribute("type", reader) ?? "",
            message: attribute("message", reader, limit: limits.messageBytes) ?? ""
        )
    }

    private mutating func attribute(_ name: String, _ reader: borrowing XMLReader, limit: Int? = nil) -> String? {
        let room = min(limit ?? limits.nameBytes, limits.totalTextBytes - kept)
        let value = reader.attribute(name, limit: max(room, 64))
        kept += value?.utf8.count ?? 0
        return value
    }

    private func seconds(_ text: String?) -> Double {
        guard let value = text.flatMap({ Double($0.filter { $0 != "," }) }), value > 0 else { return 0 }
        return min(value, limits.seconds)
    }
}

extension JUnitCase.Status {
    fileprivate var badness: Int {
        switch self {
        case .passed: 0
        case .skipped: 1
        case .failure: 2
        case .error: 3
        }
    }

    fileprivate mutating func addDetails(_ text: String) {
        switch self {
        case .failure(var problem) where problem.details.isEmpty:
            problem.details = text
            self = .failure(problem)
        case .error(var problem) where problem.details.isEmpty:
            problem.details = text
            self = .error(problem)
        default: break
        }
    }

    fileprivate mutating func addReason(_ text: String) {
        if case .skipped("") = self { self = .skipped(text) }
    }
}
