import IsorunFrameworks
import Testing

@Suite struct `Rust's text` {
    private func read(_ names: [String], _ out: String, err: String = "") -> [TestReport.Status?] {
        let tests = names.map { TestID(classname: "", name: $0, specifier: $0, runner: "r") }
        let evidence = TestEvidence(stdout: Array(out.utf8), stderr: Array(err.utf8), report: nil, exitCode: 1)
        var last: [Int: TestReport.Status] = [:]
        for report in CargoFramework().read(evidence, of: tests) { last[report.test] = report.status }
        return names.indices.map { last[$0] }
    }

    private func summary(_ word: String, _ passed: Int, _ failed: Int, _ ignored: Int) -> String {
        let counts = "\(passed) passed; \(failed) failed; \(ignored) ignored; 0 measured; 7 filtered out"
        return "\ntest result: \(word). \(counts); finished in 0.00s\n\n"
    }

    @Test(
        arguments: [
            ("ok\n", (1, 0, 0), .passed), ("previous state: FAILED\nok\n", (1, 0, 0), .passed),
            ("ignored: one warning\nok\n", (1, 0, 0), .passed), ("no line endok\n", (1, 0, 0), .passed),
            ("ignored, not now\n", (0, 0, 1), .skipped("ignored, not now")),
            ("status ok\nFAILED\n\nfailures:\n\nfailures:\n    a::b\n", (0, 1, 0), .failed("panicked")),
        ] as [(String, (Int, Int, Int), TestReport.Status)]
    )
    func `of one test is its summary, whatever it printed`(
        _ text: String,
        _ counts: (Int, Int, Int),
        _ expected: TestReport.Status
    ) {
        let out = "\nrunning 1 test\ntest a::b ... \(text)"
        let end = summary(counts.1 > 0 ? "FAILED" : "ok", counts.0, counts.1, counts.2)
        let panic = "\nthread 'a::b' panicked at x.rs:1:2:\nwrong\nnote: run with RUST_BACKTRACE=1\n"
        let found = read(["a::b"], out + end, err: counts.1 > 0 ? panic : "")[0]
        if case .failed = expected {
            #expect(found == .failed("thread 'a::b' panicked at x.rs:1:2:\nwrong"))
        } else {
            #expect(found == expected)
        }
    }

    @Test(arguments: ["everything is ok\n", "ok\n", "FAILED\n", "ignored\n", ""])
    func `without a summary has no end of the test that ran last`(_ text: String) {
        #expect(read(["a"], "running 1 test\ntest a ... \(text)") == [.started])
        #expect(
            read(["a", "b", "c"], "running 3 tests\ntest a ... ok\ntest b ... \(text)") == [.passed, .started, nil]
        )
    }

    @Test func `of many names those that failed at its end, with what each printed`() {
        let out = """

            running 5 tests
            test a ... ok
            test b ... FAILED
            test c - should panic ... ok
            test d ... ignored, slow
            test e ... straight to the descriptor
            ok

            failures:

            ---- b stdout ----
            connection ok

            thread 'b' (12) panicked at src/lib.rs:2:51:
            assertion failed
            note: run with `RUST_BACKTRACE=1`


            failures:
                b

            """
        #expect(
            read(["a", "b", "c", "d", "e", "f"], out + summary("FAILED", 3, 1, 1)) == [
                .passed, .failed("thread 'b' (12) panicked at src/lib.rs:2:51:\nassertion failed"), .passed,
                .skipped("ignored, slow"), .passed, nil,
            ]
        )
    }

    @Test func `that contradicts its summary is nobody's pass`() {
        let found = read(["a", "b"], "test a ... ok\ntest b ... ok\n" + summary("FAILED", 1, 1, 0))
        #expect(found.allSatisfy { if case .failed = $0 { true } else { false } })
    }
}
