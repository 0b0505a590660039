import Foundation
import IsorunJUnit
import IsorunModel
import Testing

@Suite struct `The JUnit report` {
    @Test(arguments: JUnitDialect.allCases)
    func `of every outcome is the same as before`(dialect: JUnitDialect) throws {
        let arguments = ["junit", "--output", "-", "--dialect", dialect.rawValue, storedEvents.path]
        let result = try run(reportProgram, arguments)
        #expect(result.status == 0, "\(result.complaints)")
        try expectSnapshot(result.output, "\(dialect.rawValue).xml")
    }

    @Test func `in Surefire's dialect is valid for Surefire and for Jenkins`() throws {
        let text = try run(reportProgram, ["junit", "--output", "-", "--dialect", "surefire", storedEvents.path]).output
        try Schema.surefire.expectValid(text)
        try Schema.jenkins.expectValid(text)
        #expect(text.contains("<testsuite name="))
        #expect(!text.contains("<testsuites"))
    }

    @Test func `in the default dialect is valid for Jenkins but for the properties of its cases`() throws {
        let text = try run(reportProgram, ["junit", "--output", "-", storedEvents.path]).output
        try Schema.jenkins.expectValid(
            text.replacing(#/ {6}<properties>.*?</properties>\n/#.dotMatchesNewlines(), with: "")
        )
        #expect(text.contains(#"<property name="startup.totalMs" value="2.100"/>"#))
    }

    @Test(
        arguments: [
            (.passed, nil), (.failed, "failure"), (.signaled, "failure"), (.timedOut, "failure"),
            (.outOfMemory, "failure"),
            (.outputLimit, "failure"), (.seccompViolation, "failure"), (.tampered, "failure"), (.setupFailed, "error"),
            (.cancelled, "skipped"),
        ] as [(Outcome, String?)]
    )
    func `says what each outcome is`(outcome: Outcome, element: String?) throws {
        let text = try report([job("it", outcome)]).text()
        for name in ["failure", "error", "skipped"] {
            #expect(text.contains("<\(name)") == (name == element), "\(name)")
        }
        if element == "failure" { #expect(text.contains(#"<failure type="\#(outcome.rawValue)" message="because">"#)) }
        #expect(
            text.contains(
                #"tests="1" failures="\#(element == "failure" ? 1 : 0)" errors="\#(element == "error" ? 1 : 0)""#
            )
        )
        #expect(text.contains(#"skipped="\#(element == "skipped" ? 1 : 0)""#))
    }

    @Test(
        arguments: [
            ([.failed, .passed], ["flakyFailure"]),
            ([.setupFailed, .passed], ["flakyError"]),
            ([.failed, .timedOut, .setupFailed], ["failure", "rerunFailure", "rerunError"]),
            ([.setupFailed, .failed], ["rerunFailure", "error"]),
            ([.failed, .cancelled], ["failure"]),
            ([.cancelled, .cancelled], ["skipped"]),
        ] as [([Outcome], [String])]
    )
    func `joins attempts in Surefire's order`(outcomes: [Outcome], elements: [String]) throws {
        let results = outcomes.enumerated().map { job("it", $1, attempt: $0 + 1) }
        let text = try report(results, output: Array("out".utf8)).text(.surefire)
        let found = text.matches(of: #/<(failure|error|skipped|flaky\w+|rerun\w+)[ >/]/#).map { String($0.output.1) }
        #expect(found == elements)
        #expect(text.contains(#"tests="1""#))
        try Schema.surefire.expectValid(text)
    }

    @Test func `takes a job that begins anew for another case`() throws {
        #expect(report([job("it", .failed), job("it", .passed)]).suites[0].cases.count == 2)
    }

    @Test func `has the reports of the job's own of its last attempt`() {
        func report(_ path: String) -> RunEvent { .jobReported(JobReport(job: "it", path: path, content: .file([]))) }
        var builder = JUnitBuilder(style: .plain)
        func end(_ result: JobResult) -> RunEvent { .jobFinished(result, stdout: .init(), stderr: .init()) }
        let events = [
            report("/1.xml"), end(job("it", .failed)), report("/2.xml"), report("/3.xml"),
            end(job("it", .passed, attempt: 2)),
        ]
        for event in events { _ = builder.append(event) }
        #expect(builder.ownReports.map(\.path) == ["/2.xml", "/3.xml"])
    }

    @Test func `shows a job that has no end as an error, once no more can come`() {
        var builder = JUnitBuilder(style: .plain)
        let changes = builder.append(.jobStarting(name: "lost", attempt: 1, atUs: 0))
        #expect(!changes)
        #expect(builder.report().suites[0].cases.isEmpty)
        let cases = builder.report(isOver: true).suites[0].cases
        guard case .error(let problem) = cases.first?.status else {
            Issue.record("the job is not there")
            return
        }
        #expect(problem.type == "unfinished")
    }

    @Test func `stays well-formed whatever bytes the job wrote`() throws {
        var generator = SeededGenerator(seed: 3)
        let spice = Array("]]></system-out><testcase name=\"forged\"/><!--&#0;\u{1B}[31m\0\r\u{FFFE}".utf8)
        for round in 0..<30 {
            let bytes = (0..<round * 40).map { _ in UInt8.random(in: 0...255, using: &generator) } + spice
            let name = String(decoding: bytes, as: UTF8.self)
            let text = try report([job(name, .failed, reason: name)], output: bytes).text(
                round % 2 == 0 ? .default : .surefire
            )
            #expect(!text.contains("<testcase name=\"forged\""))
            #expect(!text.contains("\u{1B}"))
            try Schema.surefire.expectValid(
                try report([job(name, .failed, reason: name)], output: bytes).text(.surefire)
            )
        }
    }

    @Test func `names neither the host nor its kernel`() throws {
        let text = try report([job("it", .passed)]).text()
        #expect(!text.contains("hostname"))
        #expect(!text.contains("6.18.0"))
    }
}
