import IsorunModel
import IsorunReporting
import Testing

@Suite struct `The event stream` {
    @Test func `is the same text as before`() throws {
        try expectSnapshot(ExampleStream.events.map(EventDocument.line).joined(), "events.jsonl")
    }

    @Test func `comes back as it was written`() throws {
        for event in ExampleStream.events {
            let line = EventDocument.line(event)
            let read = try #require(try EventDocument.event(JSON(parsing: line)))
            #expect(EventDocument.line(read) == line)
        }
    }

    @Test func `keeps every byte of output that is no text`() throws {
        var generator = SeededGenerator(seed: 3)
        for length in 0..<200 {
            let head = (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) }
            let output = CapturedOutput(head: head, tail: Array(head.reversed()), omitted: UInt64(length))
            let line = EventDocument.line(.jobFinished(Examples.passed, stdout: output, stderr: output))
            guard case .jobFinished(let result, let stdout, let stderr)? = try EventDocument.event(JSON(parsing: line))
            else {
                Issue.record("another event came back")
                continue
            }
            #expect(result == Examples.passed)
            #expect(stdout == output)
            #expect(stderr == output)
        }
    }

    @Test func `keeps every byte of a report of the job's own, and why there is none`() throws {
        let contents: [JobReport.Content] = [
            .file(Array("<a>\"\u{1B}</a>".utf8)), .file([0xFF, 0, 10]), .file([]),
            .file(Array(repeating: 1, count: 99)), .refused("it is a fifo"),
        ]
        for content in contents {
            let report = JobReport(job: "j", path: "/w/r.xml", content: content)
            let line = EventDocument.line(.jobReported(report))
            #expect(line.utf8.count < 400)
            guard case .jobReported(report)? = try EventDocument.event(JSON(parsing: line)) else {
                Issue.record("another event came back of \(line)")
                continue
            }
        }
    }

    @Test func `takes a result document that stands alone for a finished job`() throws {
        let event = try EventDocument.event(JSON(parsing: ResultDocument.page(Examples.failed)))
        guard case .jobFinished(Examples.failed, _, _)? = event else {
            Issue.record("it was read as \(String(describing: event))")
            return
        }
    }

    @Test func `passes over an event of a later version`() throws {
        let event = try EventDocument.event(JSON(parsing: #"{"schema":"isorun.events/1","event":"job-dreamt"}"#))
        #expect(event == nil)
    }

    @Test(arguments: [
        #"{"schema":"isorun.events/9","event":"note"}"#,
        #"{"schema":"isorun.events/1","event":"note"}"#,
        #"{"schema":"isorun.events/1","event":"job-starting","name":"a","attempt":1,"at":"yesterday"}"#,
        #"{"schema":"isorun.events/1","event":"job-finished","name":"a"}"#,
        #"{"schema":"isorun.events/1","event":"job-reported","name":"a","path":"/r.xml"}"#,
        "[1]",
    ])
    func `that is none is refused`(line: String) {
        #expect(throws: ReportingError.self) { try EventDocument.event(JSON(parsing: line)) }
    }
}
