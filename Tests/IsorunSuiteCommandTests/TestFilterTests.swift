import IsorunFrameworks
import Testing

@testable import IsorunProgress
@testable import IsorunSuiteCommand

@Suite struct `A filter of tests` {
    private static let tests = [
        ("AppTests.ParserTests", "testEmpty"), ("AppTests.ParserTests", "testLong"),
        ("AppTests.LexerTests", "testEmpty"),
        ("tests/test_a.py::TestX", "test_y[1]"), ("crate::module", "works"), ("", "lone"), ("", "br[a]*c"),
    ].map { TestID(classname: $0, name: $1, specifier: "", runner: "r") }

    @Test(
        arguments: [
            (["AppTests.ParserTests/testEmpty"], [], [0]), (["ParserTests"], [], [0, 1]), (["testEmpty"], [], [0, 2]),
            (["ParserTests/testEmpty"], [], [0]), (["ParserTests/*"], [], [0, 1]), (["*Empty"], [], [0, 2]),
            (["AppTests.*"], ["LexerTests"], [0, 1]), (["/^AppTests.*Long$/"], [], [1]), (["TestX"], [], [3]),
            (["test_a.py::TestX/test_y[1]"], [], [3]), (["module/works"], [], [4]), (["lone"], [], [5]),
            ([], ["*"], []), ([], ["/Tests/"], [3, 4, 5, 6]), (["br[a]*c"], [], [6]),
            (["Parser"], [], []), (["Tests/testEmpty"], [], []),
        ] as [([String], [String], [Int])]
    )
    func `takes names, globs and regular expressions`(_ wanted: [String], _ skipped: [String], _ found: [Int]) throws {
        let filter = try TestFilter(wanted, skipping: skipped)
        #expect(filter.select(Self.tests) == found.map { Self.tests[$0] })
    }

    @Test(
        arguments: [
            (["lint"], ["lint"]), (["unit/a", "lint"], ["lint", "unit"]), (["unit/Some*"], ["unit"]),
            (["u*"], nil), (["u/x"], ["u"]), (["some"], nil), (["lint", "/x/"], nil), (["*/x"], nil),
            ([], nil), (["lintel"], nil),
        ] as [([String], Set<String>?)]
    )
    func `takes a job's name for that job, and all else for what may be in any`(
        _ patterns: [String],
        _ jobs: Set<String>?
    ) throws {
        #expect(try TestFilter(patterns, skipping: []).jobs(among: ["lint", "unit", "u", "other"]) == jobs)
    }

    @Test func `takes what could not be built for all tests of it`() throws {
        let test = TestID(classname: "unit/Parser", name: "a", specifier: "a", runner: "")
        for (pattern, isWanted) in [
            ("unit/[build failed]", true), ("unit/Parser/[build failed]", true), ("other/[build failed]", false),
        ] {
            #expect(try TestFilter([pattern], skipping: []).wants(test, of: "unit") == isWanted, "\(pattern)")
        }
    }

    @Test func `takes nothing by an empty pattern`() throws {
        let job = TestID(classname: "", name: "lint", specifier: "", runner: "")
        #expect(try TestFilter([], skipping: [""]).wants(job))
        #expect(try !TestFilter([""], skipping: []).wants(job))
    }

    @Test func `takes what the framework itself calls a test, a function or all that lies in something`() throws {
        var parameterised = TestID(classname: "t/a.py::C", name: "m[1]", specifier: "t/a.py::C::m[1]", runner: "r")
        parameterised.group = "t/a.py::C::m"
        var nested = TestID(classname: "Mod.Outer/Inner", name: "x()", specifier: "Mod.Outer/Inner/x()", runner: "r")
        nested.isNested = true
        let package = TestID(classname: "example.com/m/p", name: "TestX", specifier: "TestX", runner: "r")
        func taken(_ pattern: String) throws -> [String] {
            try TestFilter([pattern], skipping: []).select([parameterised, nested, package]).map(\.name)
        }
        for pattern in ["t/a.py::C::m[1]", "t/a.py::C::m", "t/a.py::*"] { #expect(try taken(pattern) == ["m[1]"]) }
        for pattern in ["Mod", "Mod.Outer", "Outer", "Inner", "Mod.Outer/Inner/x()"] {
            #expect(try taken(pattern) == ["x()"], "\(pattern)")
        }
        #expect(try taken("example.com/m") == [] && taken("example.com/m/p") == ["TestX"])
    }

    @Test func `takes what runs one test again for that one`() throws {
        let names = ["x*y", "xzy", "/x/", "ax/", "[a]?", "ab", #"\*"#, "*", "?", "/a.b*/", "/a-b/", "br[a]*c", "bra*c"]
        let tests = names.map { TestID(classname: "", name: $0, specifier: "", runner: "r") }
        for name in names {
            let filter = try TestFilter([SuiteTerminal.literal(name)], skipping: [])
            #expect(filter.select(tests).map(\.name) == [name])
        }
    }

    @Test(
        arguments: [
            ([], true), (["TestX"], true), (["Test*"], true), (["/^x$/"], true), (["bad/TestX"], true),
            (["example.com/m/bad/*X"], true), (["example.com/m/*/TestX"], true), (["bad"], true),
            (["good/TestX"], false), (["example.com/m/good/TestX"], false), (["example.com/m/good/*"], false),
        ] as [([String], Bool)]
    )
    func `wants what could not be built where a test of it may be meant`(_ patterns: [String], _ isWanted: Bool) throws
    {
        let test = TestID.unbuilt(classname: "example.com/m/bad", runner: "r")
        #expect(try TestFilter(patterns, skipping: []).wants(test) == isWanted)
        #expect(try !TestFilter(patterns, skipping: ["bad"]).wants(test))
        #expect(try !TestFilter(patterns, skipping: ["[build failed]"]).wants(test))
    }

    @Test func `tells the patterns that nothing is meant by`() throws {
        let filter = try TestFilter(["lone", "typo", "Parsr*"], skipping: ["lone", "skp"])
        #expect(filter.unmatched(by: Self.tests) == ["typo", "Parsr*", "skp"])
    }

    @Test func `is refused where its expression is none`() {
        #expect(throws: TestFilter.FilterError.self) { try TestFilter(["/(/"], skipping: []) }
    }
}
