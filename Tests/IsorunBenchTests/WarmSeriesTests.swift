import Testing

@testable import IsorunBench

@Suite struct `The warm row` {
    private let subject = Subject(id: WarmSeries.id, name: "warm", command: ["isorun", "warm.jsonl"], limits: "")
    private let good = ProgramRun(ending: .exited(0), begin: 0, end: 1, output: "", errors: "")

    private func document(_ milliseconds: Int, warm: Bool = true, bytes: Int = 30, outcome: String = "passed") -> String
    {
        let phase = warm ? "handover" : "clone"
        return #"{"outcome":"\#(outcome)","stdout":{"bytes":\#(bytes)},"#
            + #""startup":{"totalMs":\#(milliseconds),"phases":{"\#(phase)":1,"exec":2}}}"#
    }

    private func series(_ documents: [String], wanted: Int = 100) -> WarmSeries {
        var series = WarmSeries(subject, wanted: wanted, limit: .seconds(1))
        series.note(good, documents: Array((documents.joined(separator: "\n") + "\n").utf8))
        return series
    }

    @Test func `has the starts in containers made ahead, and neither the first job nor a cold one`() throws {
        let cold = [document(100), document(50, warm: false)]
        let series = series(cold + (3...WarmSeries.jobs).map { document($0) })
        #expect(series.samples == (3...WarmSeries.jobs).map(Double.init))
        let row = series.row
        #expect(row.failure == nil && row.measures.map(\.id) == ["first"])
        #expect(row.phases.map(\.name) == ["handover", "exec"])
        #expect(row.note?.contains("isorun's own word") == true)
        #expect(row.note?.contains("the first job of each of 1 suites and 1 that found") == true)
    }

    @Test(arguments: [29, 0])
    func `has no figure for a job that said something else than the stand-in`(bytes: Int) {
        let documents = (1...WarmSeries.jobs).map { document($0, bytes: bytes) }
        #expect(series(documents).row.failure?.reason.contains("no run of the stand-in") == true)
        #expect(series(documents).samples.isEmpty)
    }

    @Test func `says so where no container was ready, and where documents are missing`() {
        let documents = (1...WarmSeries.jobs).map { document($0, warm: false) }
        #expect(series(documents).row.failure?.reason == "in 1 suites no job found a container made ahead")
        #expect(series(["{}"]).row.failure?.reason.hasSuffix("of 12 jobs 1 have a result document") == true)
    }

    @Test func `is given up where suites fail`() {
        var series = WarmSeries(subject, wanted: 100, limit: .seconds(1))
        let bad = ProgramRun(ending: .exited(125), begin: 0, end: 1, output: "", errors: "isorun: no cgroup\n")
        for _ in 0..<3 { series.note(bad, documents: []) }
        #expect(series.isDone)
        #expect(series.row.failure?.reason == "3 times in 3 suites: exit code 125: isorun: no cgroup")
    }
}
