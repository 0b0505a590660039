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

    @Test func `has a panic told of the test that it names, and of no other`() {
        let err =
            "\nthread 'a::long' (7) panicked at x.rs:1:1:\nnot mine\nnote: x\nthread 'a' (8) panicked at x.rs:2:2:\nmine\n"
        let out = "running 3 tests\ntest a ... FAILED\ntest b ... FAILED\ntest c ... "
        #expect(
            read(["a", "b", "c"], out, err: err) == [
                .failed("thread 'a' (8) panicked at x.rs:2:2:\nmine"), .failed("the test failed"), .started,
            ]
        )
        let end = "\nfailures:\n\nfailures:\n    a\n" + summary("FAILED", 0, 1, 0)
        #expect(
            read(["a"], "running 1 test\ntest a ... FAILED\n" + end, err: err)[0]
                == .failed("thread 'a' (8) panicked at x.rs:2:2:\nmine")
        )
    }

    @Test func `has libtest's own words for a panic that is not the one expected, and an error that was returned`() {
        let start = "running 1 test\ntest a ... FAILED\n\nfailures:\n\n"
        let end = "\nfailures:\n    a\n" + summary("FAILED", 0, 1, 0)
        let note =
            "note: panic did not contain expected string\n      panic message: \"x\"\n expected substring: \"zz\""
        let panic = "\nthread 'a' (1) panicked at x.rs:1:2:\nx\n"
        #expect(read(["a"], start + "---- a stdout ----\n\(note)\n" + end, err: panic)[0] == .failed(note))
        #expect(read(["a"], start + end, err: "log\nError: \"err\"\n")[0] == .failed("Error: \"err\""))
        let many = "test a ... FAILED\ntest b ... ok\n\nfailures:\n\n---- a stdout ----\nlog\nError: 3\n\n"
        #expect(read(["a", "b"], many + "\nfailures:\n    a\n" + summary("FAILED", 1, 1, 0))[0] == .failed("Error: 3"))
    }

    @Test func `that contradicts its summary is nobody's pass`() {
        let found = read(["a", "b"], "test a ... ok\ntest b ... ok\n" + summary("FAILED", 1, 1, 0))
        #expect(found.allSatisfy { if case .failed = $0 { true } else { false } })
    }
}
