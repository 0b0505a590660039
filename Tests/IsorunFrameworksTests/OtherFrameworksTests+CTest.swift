import IsorunFrameworks
import Testing

extension `Other frameworks` {
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

    @Test func `a result of CTest's is that of the longest name that it begins with`() {
        let output = """
                Start 1: Parse
            1/2 Test #1: Parse ............................   Passed    0.00 sec
                Start 2: Parse .json
            2/2 Test #2: Parse .json ......................***Failed    0.00 sec
            """
        let statuses = read(CTestFramework(), ["Parse", "Parse .json"], out: output)
        #expect(statuses == [.passed, .failed("ctest says Failed")])
    }

    @Test func `a name of CTest's that looks like a verdict is none`() {
        let text = "1/1 Test #1: x***Failed ....   Passed    0.02 sec\n"
        #expect(read(CTestFramework(), ["x***Failed"], out: text) == [.passed])
    }

    @Test func `CTest's tests have those with them that have to run before, and are not failed by these`() throws {
        func test(_ name: String, _ properties: String = "") -> String {
            #"{"name":"\#(name)","properties":[\#(properties)]}"#
        }
        let list = [
            test("start", #"{"name":"FIXTURES_SETUP","value":["DB"]}"#), test("use"), test("base"),
            test("stop", #"{"name":"FIXTURES_CLEANUP","value":["DB"]}"#),
            test("next", #"{"name":"DEPENDS","value":["base","gone","next"]}"#),
            test("last", #"{"name":"DEPENDS","value":["next"]}"#),
        ]
        let text = #"{"tests":[\#(list.joined(separator: ","))]}"#
        let framework = CTestFramework()
        let tests = try framework.tests(in: Array(text.utf8), of: TestCommand([], runner: "build"))
        #expect(tests.map(\.name) == ["start", "use", "base", "stop", "next", "last"])
        func pattern(_ index: Int) -> String? {
            framework.run([tests[index]], Package(directory: "/w", files: [])).arguments.last
        }
        #expect(pattern(1) == "^(use)$" && pattern(3) == "^(stop|start)$" && pattern(5) == "^(last|next|base)$")
        let output = """
            1/2 Test #1: start ....***Failed    0.02 sec
            2/2 Test #2: stop .....   Passed    0.02 sec
            """
        let evidence = TestEvidence(stdout: Array(output.utf8), stderr: [], report: nil, exitCode: 0)
        #expect(framework.read(evidence, of: [tests[3]]).map(\.status) == [.passed])
        #expect(framework.longestArgument < 1 << 14)
    }

    @Test func `a name of CTest's may have a line end in it`() throws {
        let framework = CTestFramework()
        let list = #"{"tests":[{"name":"a\nb","properties":[]},{"name":"c","properties":[]}]}"#
        let tests = try framework.tests(in: Array(list.utf8), of: TestCommand([], runner: "build"))
        #expect(framework.run(tests, Package(directory: "/w", files: [])).arguments.last == "^(a\nb|c)$")
        let text = """
                Start 1: a
            b
            1/2 Test #1: a
            b ..............................   Passed    0.00 sec
                Start 2: c
            2/2 Test #2: c ..............................***Failed    0.00 sec
            """
        let evidence = TestEvidence(stdout: Array(text.utf8), stderr: [], report: nil, exitCode: 8)
        #expect(
            framework.read(evidence, of: tests).map(\.status) == [
                .started, .passed, .started, .failed("ctest says Failed"),
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
}
