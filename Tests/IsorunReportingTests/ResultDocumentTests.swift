import Foundation
import IsorunModel
import IsorunReporting
import Testing

@Suite struct `The result document` {
    @Test(arguments: Examples.all)
    func `comes back as it was written`(result: JobResult) throws {
        #expect(try ResultDocument.result(JSON(parsing: ResultDocument.line(result))) == result)
        #expect(try ResultDocument.result(JSON(parsing: ResultDocument.page(result))) == result)
    }

    @Test func `is the same text for every outcome as before`() throws {
        try expectSnapshot(Examples.all.map(ResultDocument.line).joined(), "results.jsonl")
        try expectSnapshot(ResultDocument.page(Examples.outOfMemory), "result.json")
    }

    @Test func `has the contract's keys in the contract's order`() throws {
        let keys = try #require(ResultDocument.json(Examples.outOfMemory).members).map(\.key)
        let contract = [
            "schema", "name", "command", "outcome", "timedOut", "exitCode", "signal", "coreDumped", "limitsHit",
            "reason",
            "events", "startedAt", "durationMs", "startup", "resources", "limits", "unenforced", "host", "stdout",
            "stderr", "attempt", "flaky",
        ]
        #expect(keys.filter { $0 != "leaked" && $0 != "collected" } == contract)
    }

    @Test func `says null where the host cannot say, and never 0`() throws {
        let object = ResultDocument.json(Examples.setupFailed)
        #expect(object["startup"] == .null)
        #expect(object["exitCode"] == .null)
        for member in try #require(object["resources"]?.members) where member.key != "memory" {
            #expect(member.value == .null, "\(member.key)")
        }
        #expect(try #require(object["events"]?.members).allSatisfy { $0.value == .null })
    }

    @Test func `is read by Foundation too`() throws {
        for result in Examples.all {
            let data = Data(ResultDocument.page(result).utf8)
            let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
            #expect(object["outcome"] as? String == result.outcome.rawValue)
        }
    }

    @Test(arguments: [
        ("{}", "schema"), (#"{"schema":"isorun.result/2"}"#, "isorun.result/1"),
        (#"{"schema":"isorun.result/1"}"#, "name"),
        (ResultDocument.line(Examples.passed).replacing(#""passed""#, with: #""splendid""#), "outcome"),
        (ResultDocument.line(Examples.passed).replacing(#""bytes":120"#, with: #""bytes":-1"#), "stdout.bytes"),
        (
            ResultDocument.line(Examples.passed).replacing(#""pidsPeak":17"#, with: #""pidsPeak":1.5"#),
            "resources.pidsPeak"
        ),
    ])
    func `that is none is refused by the key that is wrong`(text: String, key: String) throws {
        let error = #expect(throws: ReportingError.self) { try ResultDocument.result(JSON(parsing: text)) }
        #expect(error?.object == key)
        #expect(error?.kind == .malformed)
    }
}

@Suite struct `Moments` {
    @Test(arguments: [
        (0, "1970-01-01T00:00:00.000Z"),
        (-1, "1969-12-31T23:59:59.999Z"),
        (951_782_400_000_000, "2000-02-29T00:00:00.000Z"),
        (1_795_435_200_123_999, "2026-11-23T12:00:00.123Z"),
        (4_107_542_399_999_000, "2100-02-28T23:59:59.999Z"),
        (4_107_542_400_000_000, "2100-03-01T00:00:00.000Z"),
    ])
    func `are written in UTC to the millisecond`(microseconds: Int64, text: String) {
        #expect(Timestamp.text(microseconds: microseconds) == text)
        #expect(Timestamp.microseconds(parsing: text) == microseconds - ((microseconds % 1000) + 1000) % 1000)
    }

    @Test func `agree with Foundation's calendar`() throws {
        var generator = SeededGenerator(seed: 3)
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        for _ in 0..<2000 {
            let seconds = Int64.random(in: 0...9_000_000_000, using: &generator)
            let text = Timestamp.text(microseconds: seconds * 1_000_000)
            #expect(text == Date(timeIntervalSince1970: Double(seconds)).formatted(style))
        }
    }

    @Test func `at the ends of the numbers do not trap`() {
        #expect(Timestamp.text(microseconds: .max).hasSuffix("Z"))
        #expect(Timestamp.text(microseconds: .min).hasSuffix("Z"))
    }

    @Test(arguments: [
        "", "2026-11-23", "2026-13-01T00:00:00.000Z", "2026-11-23T12:00:00.123+01", "٢٠٢٦-11-23T12:00:00.123Z",
    ])
    func `that are none are refused`(text: String) {
        #expect(Timestamp.microseconds(parsing: text) == nil)
    }
}
