import IsorunFrameworks
import Testing

@Suite struct `Other frameworks` {
    private func read(
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

    @Test func `exec tells the tests of one container apart, and the one in which it died`() {
        #expect(
            read(ExecFramework(), ["a", "b", "c", "d"], report: "a\nok\nb\nfailed 3\n") == [
                .passed, .failed("exit 3"), .started, .skipped("never reached"),
            ]
        )
    }

    @Test func `pytest fails where any phase of a test does`() {
        let report = """
            {"start":"t.py::a"}
            {"test":"t.py::a","when":"setup","outcome":"passed","why":"","duration":0.1}
            {"test":"t.py::a","when":"call","outcome":"passed","why":"","duration":0.1}
            {"test":"t.py::a","when":"teardown","outcome":"failed","why":"t.py:3: boom","duration":0.1}
            {"start":"t.py::b"}
            {"test":"t.py::b","when":"setup","outcome":"skipped","why":"Skipped: no","duration":0}
            {"test":"t.py::b","when":"teardown","outcome":"passed","why":"","duration":0}
            {"start":"t.py::c"}
            """
        #expect(
            read(PytestFramework(), ["t.py::a", "t.py::b", "t.py::c"], report: report) == [
                .failed("t.py:3: boom"), .skipped("Skipped: no"), .started,
            ]
        )
    }

    @Test func `pytest's parameters share the container of their function`() throws {
        let list =
            #"{"id":"t.py::C::f[1]"}"# + "\n" + #"{"id":"t.py::C::f[a::b]"}"# + "\n" + #"{"id":"t.py::g"}"# + "\n"
        let tests = try PytestFramework().tests(in: Array(list.utf8), of: TestCommand([], runner: "pytest"))
        #expect(tests.map(\.fullName) == ["t.py::C/f[1]", "t.py::C/f[a::b]", "t.py/g"])
        #expect(Sharing.test.groups(of: tests).map(\.count) == [2, 1])
    }

    @Test func `pytest's tests are run by the interpreter that listed them, and not by what led to it`() throws {
        let list = #"{"python":"/opt/python/bin/python3.11"}"# + "\n" + #"{"id":"t.py::f"}"# + "\n"
        let framework = PytestFramework()
        let package = Package(directory: "/p", files: [])
        let listing = try #require(framework.list(package, built: BuiltFiles()).first)
        #expect(listing.arguments.contains("python3"))
        let tests = try framework.tests(in: Array(list.utf8), of: listing)
        #expect(framework.run(tests, package).arguments.contains("/opt/python/bin/python3.11"))
        let plain = try framework.tests(in: Array(#"{"id":"t.py::f"}"#.utf8), of: listing)
        #expect(framework.run(plain, package).arguments.contains("python3"))
    }

    @Test func `what a test wrote into pytest's report is no pass where it ended the process itself`() throws {
        let framework = PytestFramework()
        let tests = ["a", "b"].map { TestID(classname: "", name: $0, specifier: $0, runner: "python3") }
        let secret = try #require(framework.run(tests, Package(directory: "/p", files: [])).secret)
        let text = tests.map {
            #"{"start":"\#($0.name)"}"# + "\n" + #"{"test":"\#($0.name)","when":"teardown","outcome":"passed"}"#
        }
        .joined(separator: "\n")
        func last(_ end: String, exitCode: Int32) -> [TestReport.Status] {
            let report = Array((text + "\n" + end).utf8)
            var evidence = TestEvidence(stdout: [], stderr: [], report: report, exitCode: exitCode)
            evidence.secret = secret
            let reports = framework.read(evidence, of: tests)
            return tests.indices.compactMap { index in reports.last { $0.test == index }?.status }
        }
        #expect(last(#"{"end":"\#(secret)"}"#, exitCode: 0) == [.passed, .passed])
        #expect(last(#"{"end":"guess"}"#, exitCode: 0) == [.passed, .started])
        #expect(last("", exitCode: 0) == [.passed, .started])
        // What else may have ended it is told by how the container did.
        #expect(last("", exitCode: 3) == [.passed, .passed])
        #expect(secret != framework.run(tests, Package(directory: "/p", files: [])).secret)
    }

    @Test func `pytest's ids begin at the root that it found, wherever it was started`() throws {
        let list =
            #"{"python":"/bin/py","root":"/w/p","ini":"/w/p/pyproject.toml"}"# + "\n" + #"{"id":"tests/t.py::f[a]"}"#
        let framework = PytestFramework()
        let tests = try framework.tests(in: Array(list.utf8), of: TestCommand([], runner: "python3"))
        let command = framework.run(tests, Package(directory: "/w/p/tests", files: []))
        #expect(command.arguments.contains("/bin/py"))
        #expect(
            command.arguments.suffix(5) == [
                "--rootdir", "/w/p", "-c", "/w/p/pyproject.toml", "/w/p/tests/t.py::f[a]",
            ]
        )
        #expect(tests.map(\.fullName) == ["tests/t.py/f[a]"])
    }

    @Test func `a module of pytest that skips itself is one test that was skipped`() throws {
        let list = #"{"id":"test_m.py"}"# + "\n" + #"{"id":"test_n.py::f"}"#
        let tests = try PytestFramework().tests(in: Array(list.utf8), of: TestCommand([], runner: "python3"))
        #expect(tests.map(\.fullName) == ["test_m.py", "test_n.py/f"])
        let report = """
            {"start":"test_m.py"}
            {"test":"test_m.py","when":"teardown","outcome":"skipped","why":"Skipped: no x","duration":0}
            """
        #expect(read(PytestFramework(), ["test_m.py"], report: report) == [.skipped("Skipped: no x")])
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

    @Test func `Rust's list is read`() throws {
        let list = "tests::good: test\nbench: benchmark\n"
        let tests = try CargoFramework().tests(
            in: Array(list.utf8),
            of: TestCommand([], runner: "/w/target/debug/deps/my_crate-0123\t/w/my\tmy-crate")
        )
        #expect(tests.map(\.fullName) == ["my-crate::tests/good"])
    }

    @Test func `Rust's programs are told apart by package and target, and start where their manifest is`() {
        func message(_ id: String, _ kind: String, _ target: String, test: Bool = true) -> String {
            #"{"reason":"compiler-artifact","package_id":"\#(id)","manifest_path":"/w/a/Cargo.toml","target":{"kind":["\#(kind)"],"name":"\#(target)"},"profile":{"test":\#(test)},"executable":"/w/target/debug/deps/x-1"}"#
        }
        let built = BuiltFiles(lines: [
            message("path+file:///w/a#0.1.0", "lib", "a"), message("path+file:///w/a#0.1.0", "bin", "a"),
            message("path+file:///w/a#one@0.1.0", "test", "it"), message("two 0.1.0 (path+file:///w/a)", "test", "it"),
            message("path+file:///w/a#0.1.0", "bin", "a", test: false), "warning: noise",
        ])
        let commands = CargoFramework().list(Package(directory: "/w", files: []), built: built)
        #expect(commands.map { $0.runner.split(separator: "\t").last } == ["a", "a::bin/a", "one::it", "two::it"])
        #expect(commands[0].arguments.contains("/w/a"))
    }

    @Test func `examples in the documentation of a library of Rust are tests that share a container`() throws {
        let framework = CargoFramework()
        let package = Package(directory: "/w", files: [])
        let message =
            #"{"package_id":"path+file:///w#dd@0.1.0","manifest_path":"/w/Cargo.toml","target":{"kind":["lib"],"name":"dd","doctest":true},"profile":{"test":true},"executable":"/w/target/debug/deps/dd-1"}"#
        let commands = framework.list(package, built: BuiltFiles(lines: [message]))
        #expect(commands.count == 2)
        let list = "src/lib.rs - (line 1): test\nsrc/lib.rs - f (line 5): test\nsrc/lib.rs - g (line 10): test\n"
        let tests = try framework.tests(in: Array(list.utf8), of: commands[1])
        #expect(
            tests.map(\.fullName) == [
                "dd::doc/src/lib.rs - (line 1)", "dd::doc/src/lib.rs - f (line 5)", "dd::doc/src/lib.rs - g (line 10)",
            ]
        )
        #expect(Sharing.test.groups(of: tests).map(\.count) == [3])
        let text = """
            test src/lib.rs - (line 1) ... ignored
            test src/lib.rs - f (line 5) ... FAILED
            test src/lib.rs - g (line 10) - compile fail ... ok

            failures:

            ---- src/lib.rs - f (line 5) stdout ----
            Test executable failed (exit status: 101).

            stderr:
            """
        let evidence = TestEvidence(stdout: Array(text.utf8), stderr: [], report: nil, exitCode: 0)
        #expect(
            framework.read(evidence, of: tests).map(\.status) == [
                .skipped("ignored"), .failed("Test executable failed (exit status: 101)."), .passed,
            ]
        )
        #expect(framework.run([tests[0]], package).arguments.contains("dd"))
    }

    @Test func `a program of Rust's that brings a main of its own is one test, and its exit code the result`() throws {
        let framework = CargoFramework()
        let command = TestCommand([], runner: "/w/target/debug/deps/ui-1\t/w\tp::ui")
        let tests = try framework.tests(in: Array("isorun: this program brings a main of its own\n".utf8), of: command)
        #expect(tests.map(\.fullName) == ["p::ui/main"])
        let run = framework.run(tests, Package(directory: "/w", files: []))
        #expect(run.arguments.last == "/w/target/debug/deps/ui-1")
        for (code, status) in [(0, .passed), (3, .failed("exit 3")), (nil, .started)] as [(Int32?, TestReport.Status)] {
            let evidence = TestEvidence(
                stdout: Array("test x ... FAILED".utf8),
                stderr: [],
                report: nil,
                exitCode: code
            )
            #expect(framework.read(evidence, of: tests).map(\.status) == [status])
        }
    }

    @Test func `A disabled test of GoogleTest is listed and never runs: that is no failure`() {
        let names = ["A.DISABLED_Off", "DISABLED_B.Off", "A.NotDISABLED_"]
        #expect(
            read(GoogleTestFramework(), names, out: "") == [
                .skipped("disabled"), .skipped("disabled"), .skipped("never reached"),
            ]
        )
    }

    @Test func `CTest's text is read`() throws {
        let list = #"{"kind":"ctestInfo","tests":[{"name":"a (b)","command":["x"]}]}"#
        let tests = try CTestFramework().tests(in: Array(list.utf8), of: TestCommand([], runner: "ctest"))
        #expect(tests.map(\.name) == ["a (b)"])
        #expect(throws: ListError.self) { try CTestFramework().tests(in: Array("nonsense".utf8), of: TestCommand([])) }
        let text = """
                Start 1: good
            1/3 Test #1: good .............................   Passed    0.02 sec
                Start 2: bad
            2/3 Test #2: bad ..............................***Failed    0.01 sec
                Start  3: gone
             3/12 Test  #3: gone .............................***Not Run   0.00 sec
                Start  4: off
             4/12 Test  #4: off ..............................***Not Run (Disabled)   0.00 sec
            """
        #expect(
            read(CTestFramework(), ["good", "bad", "gone", "off"], out: text) == [
                .passed, .failed("ctest says Failed"), .failed("ctest says Not Run"), .skipped("disabled"),
            ]
        )
    }

    @Test func `what a test of CTest prints takes no failure back, its own or another's`() {
        let text = """
                Start 1: lies
            1/2 Test #1: lies .............................***Failed    0.01 sec
            1/2 Test #1: lies .............................   Passed    0.01 sec
            2/2 Test #2: next .............................   Passed    0.01 sec
                Start 2: next
            2/2 Test #2: next .............................***Failed    0.01 sec
            """
        #expect(
            read(CTestFramework(), ["lies", "next"], out: text) == [
                .failed("ctest says Failed"), .failed("ctest says Failed"),
            ]
        )
    }

    @Test func `CTest's tests are looked for where a line that was given has built them`() throws {
        var package = Package(directory: "/w", files: ["CMakeLists.txt"])
        func listed(_ built: [String]) throws -> TestCommand {
            try #require(CTestFramework().list(package, built: BuiltFiles(lines: built)).first)
        }
        #expect(try listed([]).arguments.prefix(3) == ["ctest", "--test-dir", "build-isorun"])
        package.templates.build = "cmake -B out && cmake --build out"
        let command = try listed(["-- Build files have been written to: /w/out", "out"])
        #expect(command.arguments.prefix(3) == ["ctest", "--test-dir", "out"])
        let tests = try CTestFramework().tests(in: Array(#"{"tests":[{"name":"a"}]}"#.utf8), of: command)
        #expect(CTestFramework().run(tests, package).arguments.prefix(3) == ["ctest", "--test-dir", "out"])
    }

    @Test(
        arguments: [
            ("1..2\nok 1\nok 2 - x", 0, .passed), ("ok 1\n1..1", 0, .passed),
            ("1..2\nok 1\nnot ok 2 - x", 0, .failed("not ok 2 - x")), ("1..1\nnot ok 1 # TODO later", 0, .passed),
            ("1..3\nok 1", 0, .failed("it planned 3 points and made 1")),
            ("ok 1", 0, .failed("it printed no plan (1..N)")),
            ("1..1\nok 1", 2, .failed("exit 2")), ("1..0 # SKIP no perl", 0, .skipped("1..0 # SKIP no perl")),
            ("1..2\nok 1\nBail out! gone", 0, .failed("Bail out! gone")),
            ("1..1\nokay, here we go\nok 1", 0, .passed), ("1..1\nok - 2 apples", 0, .passed),
            ("1..2\nok 1\nok 1", 0, .failed("its points are out of sequence: 1 in the place of 2")),
            ("1..2\nok 2\nok 1", 0, .failed("its points are out of sequence: 2 in the place of 1")),
            ("1..1\nok 1\n1..1", 0, .failed("it printed more than one plan")),
        ] as [(String, Int, TestReport.Status)]
    )
    func `TAP programs fail by their points, their plan or their exit code`(
        _ text: String,
        _ code: Int,
        _ expected: TestReport.Status
    ) {
        let output = "# isorun: begin t/a.t\n\(text)\n\n# isorun: end \(code)\n"
        #expect(read(TAPFramework(), ["t/a.t"], out: output) == [expected])
    }

    @Test func `TAP programs of one container have a time each`() {
        let output = "# isorun: begin a\n1..1\nok 1\n\n# isorun: end 0 12.50 13.75\n"
        let tests = ["a", "b"].map { TestID(classname: "", name: $0, specifier: $0, runner: "r") }
        let evidence = TestEvidence(stdout: Array(output.utf8), stderr: [], report: nil, exitCode: 0)
        #expect(TAPFramework().read(evidence, of: tests).last?.duration == .milliseconds(1250))
    }
}
