import IsorunFrameworks
import Testing

extension `Other frameworks` {
    @Test func `a test of Go that waits for others has nothing to do with what ends them`() {
        let text = """
            === RUN   TestA
            === PAUSE TestA
            === RUN   TestB
            panic: no
            """
        #expect(read(GoFramework(), ["TestA", "TestB"], out: text) == [.skipped("never reached"), .started])
        #expect(
            read(GoFramework(), ["TestA"], out: "=== RUN   TestA\n=== PAUSE TestA\n=== CONT  TestA\n") == [.started]
        )
    }

    @Test func `Go's verbose text is read, and subtests belong to their test`() {
        let text = """
            === RUN   TestGood
            === RUN   TestGood/sub
            --- PASS: TestGood (0.01s)
                --- PASS: TestGood/sub (0.00s)
            === RUN   TestBad
                x_test.go:5: wrong
            --- FAIL: TestBad (0.00s)
            === RUN   TestSkip
                x_test.go:9: not here
            --- SKIP: TestSkip (0.00s)
            === RUN   TestDies
            panic: boom
            """
        #expect(
            read(GoFramework(), ["TestGood", "TestBad", "TestSkip", "TestDies"], out: text) == [
                .passed, .failed("x_test.go:5: wrong"), .skipped("x_test.go:9: not here"), .started,
            ]
        )
    }

    @Test func `Go's results are read where a test printed no line end before them`() {
        let text = """
            setting up... === RUN   TestDot
            .--- PASS: TestDot (0.00s)
            === RUN   TestBad
            .    x_test.go:5: wrong
            --- FAIL: TestBad (0.25s)
            === RUN   TestWorse
            at (3s)    x_test.go:8: worse--- FAIL: TestWorse (0.00s)
            === RUN   TestQuotes
            see --- PASS: and (1s)
            """
        #expect(
            read(GoFramework(), ["TestDot", "TestBad", "TestWorse", "TestQuotes"], out: text) == [
                .passed, .failed("x_test.go:5: wrong"), .failed("x_test.go:8: worse"), .started,
            ]
        )
    }

    @Test func `what TestMain prints is no test of Go's, and hides none`() throws {
        let list = """
            setting up the database
            Testdata is ready
            this is TestMain
            connecting... TestReal
            ExampleX_y
            FuzzÜber
            BenchmarkTestX
            TestReal
            ok
            """
        let command = TestCommand([], runner: "/p/1.test\t/w\texample.com/m")
        let tests = try GoFramework().tests(in: Array(list.utf8), of: command)
        #expect(tests.map(\.fullName) == ["TestReal", "ExampleX_y", "FuzzÜber"].map { "example.com/m/\($0)" })
    }

    @Test func `a package of Go's that cannot be built is one failing test`() throws {
        let line = "/p/2.log\t/w/bad\texample.com/m/bad\tunbuilt"
        let package = Package(directory: "/w", files: ["go.mod"])
        let commands = GoFramework().list(package, built: BuiltFiles(lines: [line, "/p/1.test\t/w\texample.com/m"]))
        #expect(commands.map(\.runner) == [line, "/p/1.test\t/w\texample.com/m"])
        let tests = try GoFramework().tests(in: [], of: commands[0])
        #expect(tests.map(\.fullName) == ["example.com/m/bad/[build failed]"])
        #expect(GoFramework().run(tests, package).arguments.suffix(2) == ["isorun-go", "/p/2.log"])
        let said = "# example.com/m/bad\nbad/a_test.go:3:30: undefined: nope\nFAIL\texample.com/m/bad [build failed]\n"
        let evidence = TestEvidence(stdout: [], stderr: Array(said.utf8), report: nil, exitCode: 1)
        #expect(
            GoFramework().read(evidence, of: tests).map(\.status) == [
                .failed("the package's tests cannot be built: bad/a_test.go:3:30: undefined: nope")
            ]
        )
    }

    @Test func `of two tests of Go that have one name, in a package and beside it, the one that failed is told`() {
        let fails = "=== RUN   TestSame\n    i_test.go:3: no\n--- FAIL: TestSame (0.00s)\n"
        let passes = "=== RUN   TestSame\n--- PASS: TestSame (0.00s)\n"
        let waits = "=== RUN   TestSame\n=== PAUSE TestSame\n=== CONT  TestSame\n--- PASS: TestSame (0.00s)\n"
        for text in [fails + passes, passes + fails, fails + waits, waits + fails] {
            #expect(read(GoFramework(), ["TestSame"], out: text) == [.failed("i_test.go:3: no")])
        }
    }

    @Test func `what a test of Go's says is its own, whichever runs beside it`() {
        let text = """
            === RUN   TestA
            === PAUSE TestA
            === RUN   TestC
                a_test.go:9: a word of C's
            --- PASS: TestC (0.00s)
            === CONT  TestA
                a_test.go:4: first
                a_test.go:5: A is wrong
                    and this is why
            === NAME  TestB/sub
                a_test.go:7: --- FAIL: TestC (0.00s)
            --- FAIL: TestA (0.00s)
            --- FAIL: TestB (0.00s)
            """
        #expect(
            read(GoFramework(), ["TestA", "TestB", "TestC"], out: text) == [
                .failed("a_test.go:4: first\na_test.go:5: A is wrong\nand this is why"),
                .failed("a_test.go:7: --- FAIL: TestC (0.00s)"), .passed,
            ]
        )
    }
}

extension `Other frameworks` {
    // As `go test` has it: a test that leaves another file in os.Stdout takes the last word with it, and has passed.
    @Test(
        arguments: [
            ("PASS\n", .passed), ("setting up...PASS\ntearing down\n", .passed), ("", .passed),
            // A child's, and then nothing of the test itself.
            ("=== RUN   TestB\nPASS\n", .started),
        ] as [(String, TestReport.Status)]
    )
    func `Go's tests have what was told of them where the program ends with exit code 0`(
        _ end: String,
        _ status: TestReport.Status
    ) {
        let passes = "=== RUN   TestA\n--- PASS: TestA (0.00s)\n=== RUN   TestB\n--- PASS: TestB (0.00s)\n"
        #expect(readOfZero(GoFramework(), ["TestA", "TestB"], out: passes + end) == [.passed, status])
    }

    @Test func `a test of Go's may start itself as a child that fails`() {
        let child = "--- FAIL: TestA (0.00s)\n    a_test.go:4: as wanted\nFAIL\n"
        for text in [child, "=== RUN   TestA\n" + child] {
            let text = "=== RUN   TestA\n\(text)--- PASS: TestA (0.01s)\n"
            #expect(readOfZero(GoFramework(), ["TestA"], out: text + "PASS\n") == [.passed])
            #expect(read(GoFramework(), ["TestA"], out: text + "FAIL\n") == [.failed("the test failed")])
        }
    }

    @Test func `a program of Go's that fails when it lists its tests is one failing test`() throws {
        let package = Package(directory: "/w", files: ["go.mod"])
        let command = GoFramework().list(package, built: BuiltFiles(lines: ["/p/1.test\t/w\texample.com/m"]))[0]
        #expect(command.arguments.suffix(4) == ["/w", "/p/1.test", "-test.list", "."])
        let list = "TestX\nconnecting...\nisorun-go: the program failed\n"
        let tests = try GoFramework().tests(in: Array(list.utf8), of: command)
        #expect(tests.map(\.fullName) == ["example.com/m/[list failed]"])
        #expect(GoFramework().run(tests, package).arguments.suffix(2) == ["-test.list", "."])
        for (err, code, reason) in [
            ("log: hi\npanic: boom\n\ngoroutine 1 [running]:\n", 2, "tests cannot be listed: panic: boom"),
            ("log: hi\nno database\n", 1, "tests cannot be listed: no database"),
            ("", 3, "tests cannot be listed: connecting..."), ("", 0, "tests could not be listed, and now they can"),
        ] {
            let evidence = TestEvidence(
                stdout: Array("TestX\nconnecting...\n".utf8),
                stderr: Array(err.utf8),
                report: nil,
                exitCode: Int32(code)
            )
            #expect(GoFramework().read(evidence, of: tests).map(\.status) == [.failed("the package's \(reason)")])
        }
    }

    @Test func `Go's tests run as go test runs them`() {
        let test = TestID(classname: "m", name: "TestX", specifier: "TestX", runner: "/p/1.test\t/w\tm")
        let words = GoFramework().run([test], Package(directory: "/w", files: [])).arguments
        #expect(words.contains("-test.paniconexit0") && words.suffix(2) == ["-test.run", "^(TestX)$"])
    }
}
