import Foundation
import IsorunModel
import IsorunReporting
import Testing

@Suite struct `The reporting program` {
    @Test func `writes a file and reads results as well as events`() throws {
        let scratch = try Scratch()
        let results = storedEvents.deletingLastPathComponent()
        let inputs = ["results.jsonl", "result.json"].map { results.appending(path: $0).path }
        let result = try run(reportProgram, ["junit", "--output", scratch.url("out.xml").path] + inputs)
        #expect(result.status == 0, "\(result.complaints)")
        #expect(try scratch.text("out.xml").contains(#"tests="11""#))
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path) == ["out.xml"])
    }

    @Test(arguments: ["junit", "html", "markdown"])
    func `takes the place of nothing that it reads`(_ kind: String) throws {
        let scratch = try Scratch()
        let events = scratch.url("events.jsonl")
        try FileManager.default.copyItem(at: storedEvents, to: events)
        let paths = [events.path, scratch.path + "/./events.jsonl"]
        for (input, output) in [(paths[0], paths[1]), (paths[1], paths[0])] {
            let result = try run(reportProgram, [kind, "--output", output, input])
            #expect(result.status == 64)
            #expect(result.complaints.contains("would take the place of what is read"))
        }
        #expect(try Data(contentsOf: events) == Data(contentsOf: storedEvents))
    }

    @Test func `writes what it has where the stream was cut, and says so`() throws {
        let scratch = try Scratch()
        let lines = try Data(contentsOf: storedEvents).split(separator: 10)
        let events = Data(lines.prefix(6).joined(separator: [10])) + [10] + lines[6].prefix(700)
        let result = try run(reportProgram, ["junit", "--output", scratch.url("out.xml").path], input: events)
        #expect(result.status == 0)
        #expect(result.complaints.contains("ends within a record"))
        let text = try scratch.text("out.xml")
        #expect(text.contains(#"tests="2" failures="0" errors="1""#))
        #expect(text.contains(#"type="unfinished""#))
    }

    @Test func `writes as jobs end, while the stream goes on`() throws {
        let scratch = try Scratch()
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(filePath: reportProgram)
        process.arguments = ["junit", "--output", scratch.url("out.xml").path]
        process.standardInput = pipe
        try process.run()
        let lines = try Data(contentsOf: storedEvents).split(separator: 10).prefix(4).map { Data($0) + [10] }
        for line in lines { try pipe.fileHandleForWriting.write(contentsOf: line) }
        let deadline = ContinuousClock.now + .seconds(20)
        while !FileManager.default.fileExists(atPath: scratch.url("out.xml").path), ContinuousClock.now < deadline {
            usleep(10_000)
        }
        #expect(try scratch.text("out.xml").contains(#"tests="1""#))
        // The signals of a terminal are isorun's to heed: the report ends with the stream.
        #expect(kill(process.processIdentifier, SIGINT) == 0)
        #expect(kill(process.processIdentifier, SIGTERM) == 0)
        usleep(50_000)
        #expect(process.isRunning)
        try pipe.fileHandleForWriting.close()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
    }

    private func lines(_ reports: [JobReport]) -> Data {
        Data(reports.map { EventDocument.line(.jobReported($0)) }.joined().utf8)
    }

    @Test func `merges the files of jobs and names what it leaves out`() throws {
        let scratch = try Scratch()
        let good = Array(#"<testsuite name="s"><testcase name="c"/></testsuite>"#.utf8)
        let reports: [JobReport] = [
            .init(job: "j", path: "/w/good.xml", content: .file(good)),
            .init(job: "j", path: "/w/\u{1B}bad.xml", content: .file(Array("<!DOCTYPE a><testsuite/>".utf8))),
            .init(job: "j", path: "/w/fifo", content: .refused("it is a fifo")),
            .init(job: "j", path: "/w/binary.xml", content: .file([0xFF, 0, 0xC3])),
        ]
        for dialect in ["default", "surefire"] {
            let arguments = ["junit", "--output", scratch.url("out.xml").path, "--dialect", dialect]
            let result = try run(reportProgram, arguments, input: lines(reports))
            #expect(result.status == 0)
            #expect(result.complaints.split(separator: "\n").count == 3)
            #expect(!result.complaints.contains("\u{1B}"))
            let text = try scratch.text("out.xml")
            #expect(text.contains(#"tests="4" failures="0" errors="3""#))
            #expect(text.contains("it is a fifo") && text.contains("document type"))
        }
    }

    @Test func `that a hostile file ends leaves that file as an error`() throws {
        let scratch = try Scratch()
        // A dictionary of half a million names keeps libxml2 busy for seconds.
        let names = "<testsuite>" + (0..<500_000).map { "<e\($0)/>" }.joined() + "</testsuite>"
        let report = JobReport(job: "j", path: "/w/slow.xml", content: .file(Array(names.utf8)))
        try lines([report]).write(to: scratch.url("own.jsonl"))
        let process = Process()
        process.executableURL = URL(filePath: reportProgram)
        process.arguments = ["junit", storedEvents.path, scratch.url("own.jsonl").path]
        process.arguments? += ["--output", scratch.url("out.xml").path]
        try process.run()
        let deadline = ContinuousClock.now + .seconds(20)
        while (try? scratch.text("out.xml").contains("slow.xml")) != true, ContinuousClock.now < deadline {
            usleep(2000)
        }
        #expect(kill(process.processIdentifier, SIGKILL) == 0)
        process.waitUntilExit()
        #expect(process.terminationReason == .uncaughtSignal)
        let text = try scratch.text("out.xml")
        #expect(text.contains("isorun-report ended while it read the reports of the jobs"))
        #expect(text.contains(#"tests="14" failures="9" errors="2""#))
    }

    @Test(
        arguments: [
            (["junit"], 64), (["junit", "--output", "x", "--dialect", "nunit"], 64), (["junit", "--output", "/"], 64),
            (["junit", "--output", "/nonexistent/out.xml"], 125), (["junit", "--output", "-", "/nonexistent"], 125),
            (["junit", "--output", "-", "/etc/hostname"], 125),
        ] as [([String], Int32)]
    )
    func `refuses what cannot be`(arguments: [String], status: Int32) throws {
        let result = try run(reportProgram, arguments)
        #expect(result.status == status, "\(result.complaints)")
        #expect(!result.complaints.isEmpty)
    }
}
