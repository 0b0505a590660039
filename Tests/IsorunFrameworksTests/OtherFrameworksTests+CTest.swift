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
