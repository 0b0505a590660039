import IsorunFrameworks
import Testing

@Suite struct `Other frameworks` {
    func read(
        _ framework: any Framework,
        _ names: [String],
        out: String = "",
        err: String = "",
        report: String? = nil
    ) -> [TestReport.Status] {
        let tests = names.map { TestID(classname: "", name: $0, specifier: $0, runner: "r") }
        let evidence = TestEvidence(
            stdout: Array(out.utf8),
            stderr: Array(err.utf8),
            report: report.map { Array($0.utf8) },
            exitCode: 1
        )
        var last: [Int: TestReport.Status] = [:]
        for report in framework.read(evidence, of: tests) { last[report.test] = report.status }
        return names.indices.map { last[$0] ?? .skipped("never reached") }
    }

    @Test(
        arguments: [
            (SwiftFramework(), "Test Case 'A.testB' started at 2026-01-01 00:00:00.000", nil),
            (
                SwiftFramework(), nil,
                #"{"kind":"event","payload":{"instant":{},"kind":"testStarted","testID":"M.a()"}}"#
            ),
            (CargoFramework(), "test a::b ... ok", nil), (GoFramework(), "=== RUN   TestA", nil),
            (PytestFramework(), nil, #"{"start": "test_a.py::test_b"}"#),
            (GoogleTestFramework(), "[ RUN      ] A.B", nil), (TAPFramework(), "# isorun: begin t/a.t", nil),
            (ExecFramework(), nil, "a\nok\n"),
        ] as [(any Framework, String?, String?)]
    )
    func `show that a test begins or has ended while others of its container run`(
        _ framework: any Framework,
        _ output: String?,
        _ report: String?
    ) {
        if let output { #expect(framework.marks.output.contains { output.contains($0) }) }
        if let report { #expect(framework.marks.report.contains { report.contains($0) }) }
    }

    @Test func `exec takes one name a line, whatever is in it but a line end`() throws {
        let list = "plain\n  two words \n\n\"q'uote\" 🐟/../x\n" + String(repeating: "x", count: 1 << 20) + "\n"
        let tests = try ExecFramework().tests(in: Array(list.utf8), of: TestCommand([]))
        #expect(tests.count == 4)
        #expect(tests[1].name == "  two words ")
        for bad in [[0xFF, 0x0A], Array(repeating: UInt8(0x78), count: (1 << 20) + 1), [0x61, 0x00, 0x0A]] as [[UInt8]]
        {
            #expect(throws: ListError.self) { try ExecFramework().tests(in: bad, of: TestCommand([])) }
        }
    }

    @Test func `exec gives a name as an argument, so that the shell never reads it`() {
        var package = Package(directory: "/p", files: [])
        package.templates.run = "./run --only {} -v"
        let test = TestID(classname: "", name: "$(rm -rf /)", specifier: "$(rm -rf /)", runner: "exec")
        let command = ExecFramework().run([test], package)
        #expect(command.arguments == ["/bin/sh", "-ec", #"./run --only "$1" -v"#, "isorun-exec", "$(rm -rf /)"])
    }

    @Test(
        arguments: [
            ("./run {}", true), ("./run \"$1\"", true), ("./run ${1%x} -v", true), ("./run \"$@\"", true),
            ("sh -c './run.sh $1' x {}", true), ("./run.sh", false), ("sh -c './run.sh {}'", false),
            ("./run.sh \"{}\"", false), ("sh -c 'echo $1'", false), ("echo \\$1", false),
        ]
    )
    func `exec needs a place for the name, where it stays one word`(_ line: String, _ isGood: Bool) {
        #expect((ExecTemplates(list: "x", run: line).problem == nil) == isGood)
    }

    @Test func `exec runs a test of many as it runs one alone, by a shell that ends at the first failure`() {
        var package = Package(directory: "/w", files: [])
        package.templates.run = "false; echo {}"
        let tests = ["a", "b"].map { TestID(classname: "", name: $0, specifier: $0, runner: "exec") }
        let words = ExecFramework().run(tests, package).arguments
        #expect(words.suffix(3) == [#"false; echo "$1""#, "a", "b"])
        #expect(words[2].contains(#"/bin/sh -ec "$line" isorun-exec "$t""#))
    }

    @Test func `exec tells the tests of one container apart, and the one in which it died`() {
        #expect(
            read(ExecFramework(), ["a", "b", "c", "d"], report: "a\nok\nb\nfailed 3\n") == [
                .passed, .failed("exit 3"), .started, .skipped("never reached"),
            ]
        )
    }

    @Test func `GoogleTest's list and text are read`() throws {
        let list = "Running main() from gtest_main.cc\nMath.\n  Adds\n  Divides\nP/Math.\n  Works/0  # GetParam() = 1\n"
        let tests = try GoogleTestFramework().tests(in: Array(list.utf8), of: TestCommand([], runner: "r"))
        #expect(tests.map(\.specifier) == ["Math.Adds", "Math.Divides", "P/Math.Works/0"])
        let text = """
            [ RUN      ] A.good
            [       OK ] A.good (2 ms)
            [ RUN      ] A.bad
            t.cc:4: Failure
            [  FAILED  ] A.bad (0 ms)
            [ RUN      ] A.skip
            t.cc:9: Skipped
            [  SKIPPED ] A.skip (0 ms)
            [ RUN      ] A.noisy
            [ 1 ] and [ 2 ] no line end[       OK ] A.noisy (1 ms)
            [ RUN      ] A.dies
            """
        #expect(
            read(GoogleTestFramework(), ["A.good", "A.bad", "A.skip", "A.noisy", "A.dies"], out: text) == [
                .passed, .failed("t.cc:4: Failure"), .skipped("t.cc:9: Skipped"), .passed, .started,
            ]
        )
    }

    @Test func `A suite of GoogleTest that cannot be set up takes its tests with it, and no others`() {
        let text = """
            [ RUN      ] A.x
            [       OK ] A.x (0 ms)
            [ RUN      ] B.y
            [  FAILED  ] B.y (0 ms)
            [ RUN      ] AA.z
            [       OK ] AA.z (0 ms)
            [  FAILED  ] 1 test, listed below:
            [  FAILED  ] B.y
             1 FAILED TEST
            [  FAILED  ] A: SetUpTestSuite or TearDownTestSuite
            """
        #expect(
            read(GoogleTestFramework(), ["A.x", "B.y", "AA.z"], out: text) == [
                .failed("failed: A: SetUpTestSuite or TearDownTestSuite"), .failed("the test failed"), .passed,
            ]
        )
    }

    @Test func `a skip of GoogleTest's has its own reason, and is told twice`() {
        let output = """
            [ RUN      ] A.Skip
            a.cc:3: Skipped
            why
            [  SKIPPED ] A.Skip (0 ms)
            [----------] 1 test from A (0 ms total)

            [----------] 1 test from B
            [ RUN      ] B.b
            [       OK ] B.b (0 ms)
            [==========] 2 tests from 2 test suites ran. (0 ms total)
            [  PASSED  ] 1 test.
            [  SKIPPED ] 1 test, listed below:
            [  SKIPPED ] A.Skip
            """
        let statuses = read(GoogleTestFramework(), ["A.Skip", "B.b"], out: output)
        guard case .skipped(let reason) = statuses.first else {
            Issue.record("it is \(statuses)")
            return
        }
        #expect(reason.contains("why") && !reason.contains("[-"))
        #expect(statuses.last == .passed)
    }

    @Test func `GoogleTest's programs may have tests of the same name`() {
        func names(_ runners: [String], _ names: [String]) -> [String] {
            let tests = zip(runners, names).map { TestID(classname: "S", name: $1, specifier: "S.\($1)", runner: $0) }
            return GoogleTestFramework().distinguish(tests).map(\.fullName)
        }
        #expect(names(["./a", "./a", "./b"], ["x", "y", "z"]) == ["S/x", "S/y", "S/z"])
        #expect(names(["./a", "./a", "bin/b"], ["x", "y", "x"]) == ["a/S/x", "S/y", "b/S/x"])
        #expect(names(["a/t", "b/t", "u"], ["x", "x", "x"]) == ["a/t/S/x", "b/t/S/x", "u/S/x"])
    }

    @Test func `GoogleTest's own words are the reason, and not what the test printed before them`() {
        let text = """
            [ RUN      ] A.loud
            loading fixtures: 3 of 3
            warning: no cache

            t.cc:7: Failure
            Expected equality of these values:
              1
              two
                Which is: 2

            going on
            t.cc:9: Failure
            Value of: done
              Actual: false
            Expected: true

            bye
            [  FAILED  ] A.loud (0 ms)
            [ RUN      ] A.throws
            loading
            unknown file: Failure
            C++ exception with description "no" thrown in the test body.
            [  FAILED  ] A.throws (0 ms)
            [ RUN      ] A.skip
            loading
            t.cc:3: Skipped
            not today

            [  SKIPPED ] A.skip (0 ms)
            """
        #expect(
            read(GoogleTestFramework(), ["A.loud", "A.throws", "A.skip"], out: text) == [
                .failed(
                    """
                    t.cc:7: Failure
                    Expected equality of these values:
                      1
                      two
                        Which is: 2
                    t.cc:9: Failure
                    Value of: done
                      Actual: false
                    Expected: true
                    """
                ),
                .failed("unknown file: Failure\nC++ exception with description \"no\" thrown in the test body."),
                .skipped("t.cc:3: Skipped\nnot today"),
            ]
        )
    }

    @Test func `A disabled test of GoogleTest is listed and never runs: that is no failure`() {
        let names = ["A.DISABLED_Off", "DISABLED_B.Off", "A.NotDISABLED_"]
        #expect(
            read(GoogleTestFramework(), names, out: "") == [
                .skipped("disabled"), .skipped("disabled"), .skipped("never reached"),
            ]
        )
    }

    @Test func `GoogleTest's names may have anything in them`() throws {
        let list =
            "Ty/unsigned int.  # TypeParam = unsigned int\n  Works\nTy/map<int,int>.  # TypeParam = x\n  Works\nFiles.\n  a:b-c\n"
        let names = ["Ty/unsigned int.Works", "Ty/map<int,int>.Works", "Files.a:b-c"]
        let tests = try GoogleTestFramework().tests(in: Array(list.utf8), of: TestCommand([], runner: "r"))
        #expect(tests.map(\.specifier) == names)
        let command = GoogleTestFramework().run([tests[0], tests[2]], Package(directory: "/", files: []))
        #expect(command.arguments.contains("--gtest_filter=Ty/unsigned int.Works:Files.a?b?c"))
        let text = names.map { "[ RUN      ] \($0)\n[       OK ] \($0) (0 ms)\n" }.joined()
        #expect(read(GoogleTestFramework(), names, out: text) == [.passed, .passed, .passed])
    }

    @Test func `GoogleTest's results are read without their times, and with parameters of many lines`() {
        let text = """
            [ RUN      ] A.ok
            [       OK ] A.ok
            [ RUN      ] I/P/IsOne/1
            m.cc:5: Failure
            not one
            [  FAILED  ] I/P/IsOne/1, where GetParam() = 1 0
            0 2 (0 ms)
            [----------] 2 tests from I/P (0 ms total)
            [==========] 2 tests from 2 test suites ran.
            [  FAILED  ] 1 test, listed below:
            [  FAILED  ] I/P/IsOne/1, where GetParam() = 1 0
            """
        #expect(
            read(GoogleTestFramework(), ["A.ok", "I/P/IsOne/1"], out: text) == [
                .passed, .failed("m.cc:5: Failure\nnot one"),
            ]
        )
    }

    @Test func `exec's names are without the line end of any system`() throws {
        let tests = try ExecFramework().tests(in: Array("a\r\nb\n".utf8), of: TestCommand([]))
        #expect(tests.map(\.name) == ["a", "b"])
    }

    @Test func `GoogleTest's failure stands, whatever the test printed before it`() {
        let forged = "[ RUN      ] S.a\n[       OK ] S.a (0 ms)\n"
        for end in ["[  FAILED  ] S.a (1 ms)\n", "[  FAILED  ] 1 test, listed below:\n[  FAILED  ] S.a\n"] {
            #expect(read(GoogleTestFramework(), ["S.a"], out: forged + end) == [.failed("the test failed")])
        }
    }

    @Test func `A diagnostic of a TAP program bails nothing out`() {
        let text = "1..1\nok 1\n  ---\n  message: |\n    Bail out! says the log\n  ...\n"
        let output = "# isorun: begin t/a.t\n\(text)\n\n# isorun: end 0 1.00 1.00\n"
        #expect(read(TAPFramework(), ["t/a.t"], out: output) == [.passed])
    }
}
