import IsorunFrameworks
import IsorunModel
import IsorunSandbox
import Testing

@testable import IsorunSuiteCommand

@Suite struct `A watch over tests that share a container` {
    private static let most = ByteCount(1 << 20)
    private let tests = ["A.one", "A.two", "A.three"].map {
        TestID(classname: "", name: $0, specifier: $0, runner: "r")
    }

    private func watch() throws -> TestWatch {
        try #require(TestWatch(.init(output: Self.most), of: GoogleTestFramework(), report: nil))
    }

    private func begin(_ name: String) -> String { "[ RUN      ] \(name)\n" }
    private func pass(_ name: String) -> String { "[       OK ] \(name) (1 ms)\n" }
    private func noise(_ count: Int) -> String { String(repeating: "x", count: count) + "\n" }

    /// Hears texts, the second half of each apart, and gives all of it.
    private func hear(_ texts: [String], _ watch: TestWatch) -> [UInt8] {
        for text in texts {
            let bytes = Array(text.utf8)
            for piece in [bytes[..<(bytes.count / 2)], bytes[(bytes.count / 2)...]] {
                unsafe Array(piece).withUnsafeBytes { unsafe watch.hear($0, from: .output) }
            }
        }
        return texts.flatMap(\.utf8)
    }

    private func said(_ text: [UInt8]) -> [TestReport.Status?] {
        let evidence = TestEvidence(stdout: text, stderr: [], report: nil, exitCode: nil)
        let reports = GoogleTestFramework().read(evidence, of: tests)
        return tests.indices.map { index in reports.last { $0.test == index }?.status }
    }

    @Test func `tells the test that wrote too much, whatever came of it before the container ended`() throws {
        let watch = try watch()
        let all = hear(
            [
                begin("A.one"), noise(900_000), pass("A.one"), begin("A.two"), noise(2_000_000), pass("A.two"),
                begin("A.three"),
            ],
            watch
        )
        #expect(said(all) == [.passed, .passed, .started])
        #expect(said(watch.text(of: CapturedOutput(head: all))) == [.passed, .started, nil])
    }

    @Test func `gives each test of many what a test alone may write`() throws {
        let watch = try watch()
        for name in ["A.one", "A.two", "A.three"] { _ = hear([begin(name), noise(1_000_000), pass(name)], watch) }
        #expect(watch.end == nil)
    }

    @Test func `knows which test ran where its beginning is among what was not kept`() throws {
        let watch = try watch()
        let all = hear(
            [
                begin("A.one"), noise(500_000), pass("A.one"), begin("A.two"), noise(500_000), begin("A.three"),
                noise(9),
            ],
            watch
        )
        let captured = CapturedOutput(
            head: Array(all[..<1000]),
            tail: Array(all.suffix(5)),
            omitted: UInt64(all.count - 1005)
        )
        #expect(said(captured.text) == [.started, nil, nil])
        #expect(said(watch.text(of: captured)) == [.started, nil, .started])
        let whole = CapturedOutput(head: all)
        #expect(watch.text(of: whole) == all)
    }

    @Test func `says what there was too much of`() throws {
        let watch = try watch()
        _ = hear([begin("A.one"), noise(2_000_000)], watch)
        var result = JobResult(
            name: "c",
            command: [],
            outcome: .timedOut,
            reason: "it ran longer than 3.00 s",
            startedAtUs: 0,
            duration: .seconds(1),
            host: HostSummary(kernel: "", cgroup: "v2", rootless: false)
        )
        result.limitsHit = [.timeout]
        watch.tell(&result)
        #expect(result.outcome == .outputLimit)
        #expect(result.limitsHit == [.output])
        #expect(result.reason == "it wrote more than 1.0 MiB to stdout and stderr")
    }
}
