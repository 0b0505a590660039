import IsorunModel
import IsorunProgress
import IsorunReporting
import IsorunTestSupport
import Testing

@testable import IsorunSuiteCommand

@Suite struct `What failed when it was last run` {
    private func planned(_ names: [String]) -> SuiteEvent { .planned(SuitePlan(names: names)) }

    private func names(afterJournal text: String, of earlier: Set<String>) throws -> Set<String>? {
        try PrivateFile.with(text.utf8) { try LastFailures.names(afterJournal: $0, of: earlier) }
    }

    @Test func `is what the last run found to fail, and of what it did not finish what was so before`() {
        // b passes now, and c was never reached; d was not asked for.
        let killed = [planned(["a", "b", "c"]), .ended("a", .failed), .ended("b")]
        #expect(LastFailures.names(after: killed, of: ["a", "b", "c", "d"]) == ["a", "c", "d"])
    }

    @Test func `is nothing that was only interrupted`() {
        let run = [
            planned(["a", "b", "c"]), .ended("a", .cancelled), .ended("b", .failed),
            .ended("b", .cancelled, attempt: 2),
        ]
        #expect(LastFailures.names(after: run, of: []) == ["b"])
        #expect(LastFailures.names(after: run, of: ["a", "c"]) == ["a", "b", "c"])
    }

    @Test func `is the same when it is asked for twice`() {
        let run = [planned(["a", "b"]), .ended("a", .failed), .ended("b")]
        let once = LastFailures.names(after: run, of: ["b", "c"])
        #expect(LastFailures.names(after: run, of: once) == once)
    }

    @Test func `goes by the last attempt of each round, and by all rounds`() {
        let run = [
            planned(["a", "b"]), .ended("a", .failed), .ended("a"), .ended("a #2"), .ended("b"),
            .ended("b #2", .failed),
        ]
        #expect(LastFailures.names(after: run, of: ["a"]) == ["b"])
    }

    @Test func `is every test of a program that could not be built, until that has run`() {
        let unbuilt = [
            planned(["m/a/TestX", "m/b/[build failed]"]), .ended("m/a/TestX"), .ended("m/b/[build failed]", .failed),
        ]
        let failed = LastFailures.names(after: unbuilt, of: [])
        #expect(
            ["m/a/TestX", "m/b/TestY", "m/b/[build failed]"].map { LastFailures.includes($0, failed) } == [
                false, true, true,
            ]
        )
        var one = SuitePlan(names: ["m/b/TestY"])
        one.isFiltered = true
        let still = LastFailures.names(after: [.planned(one), .ended("m/b/TestY")], of: failed)
        #expect(LastFailures.includes("m/b/TestZ", still), "what was not run has not passed")
        let mended = [
            planned(["m/b/TestY", "m/b/TestZ", "m/b/TestW"]), .ended("m/b/TestY"), .ended("m/b/TestZ", .failed),
        ]
        #expect(LastFailures.names(after: mended, of: failed) == ["m/b/TestZ", "m/b/TestW"])
    }

    @Test func `is what was so before where there was no run`() {
        #expect(LastFailures.names(after: [], of: ["a"]) == ["a"])
    }

    @Test func `is the same by the lines of a journal as by its events`() throws {
        let passed = [planned(["a", "outcome", "\"outcome\":\"failed\""]), .ended("a"), .ended("outcome")]
        let runs = [
            [], passed, passed + [.ended("\"outcome\":\"failed\"")], passed + [.ended("b", .failed)],
            passed + [.ended("b", .timedOut), .ended("b")],
        ]
        for run in runs {
            let journal = run.map { SuiteEventDocument.line($0) }.joined()
            for earlier in [[], ["a"], ["c"]] as [Set<String>] {
                let names = try names(afterJournal: journal, of: earlier)
                #expect(names == (run.isEmpty ? nil : LastFailures.names(after: run, of: earlier)))
            }
        }
    }

    @Test func `is not taken from a line that was cut`() throws {
        let cut = SuiteEventDocument.line(.ended("a", .failed)).prefix(300)
        let whole = [planned(["a", "b"]), .ended("b", .failed)].map { SuiteEventDocument.line($0) }.joined()
        let journal = whole + cut
        #expect(try names(afterJournal: journal, of: []) == ["b"])
    }
}
