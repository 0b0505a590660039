import IsorunFrameworks
import Testing

@Suite struct `The Swift framework` {
    private let framework = SwiftFramework()
    private let xctest = TestCommand([], runner: "xctest /b.xctest")
    private let swiftTesting = TestCommand([], runner: "swift-testing /b.xctest")

    @Test func `knows XCTest's list by its heading, whatever a library printed before it`() throws {
        func names(_ list: String) throws -> [String] {
            try framework.tests(in: Array(list.utf8), of: xctest).map(\.fullName)
        }
        #expect(try names("lib loaded\nListing 1 test in b.xctest:\n\nM.C/testA\n") == ["M.C/testA"])
        #expect(try names("no line endListing 0 tests in b.xctest:\n\n").isEmpty)
        #expect(throws: ListError.self) { try names("Listing 2 tests in b.xctest:\n\nM.C/testA\n") }
        #expect(throws: ListError.self) { try names("Listing 1 test in b.xctest:\n\nM.C/testA\nbye\n") }
    }

    @Test func `reads the lists of both libraries`() throws {
        let first = try framework.tests(
            in: Array("Listing 2 tests in b.xctest:\n\nM.C/testA\nM.C/testB\n".utf8),
            of: xctest
        )
        #expect(first.map(\.fullName) == ["M.C/testA", "M.C/testB"])
        #expect(first.map(\.classname) == ["M.C", "M.C"])
        let list = "M.S/a()\nM.S/Inner/b(_:)\nM.free()\nM.S/`a name. with / and \"quotes\" 🐟`()\n"
        let second = try framework.tests(in: Array(list.utf8), of: swiftTesting)
        #expect(second.map(\.classname) == ["M.S", "M.S/Inner", "M", "M.S"])
        #expect(second.map(\.name) == ["a()", "b(_:)", "free()", "`a name. with / and \"quotes\" 🐟`()"])
    }

    @Test func `tells overloads of a test function apart by their places, as the list and the events have them`() throws
    {
        let places = ["M.S/a(b:)/o.swift:2:2", "M.S/a(b:)/o.swift:3:2"]
        let tests = try framework.tests(
            in: Array((places.joined(separator: "\n") + "\nM.S/c()\n").utf8),
            of: swiftTesting
        )
        #expect(tests.map(\.fullName) == places + ["M.S/c()"])
        #expect(tests.map(\.classname) == ["M.S", "M.S", "M.S"])
        let stream = (places + ["M.S/c()/o.swift:4:2"]).enumerated().map { number, place in
            let symbol = number == 1 ? "fail" : "pass"
            return
                #"{"kind":"event","payload":{"kind":"testEnded","testID":"\#(place)","messages":[{"symbol":"\#(symbol)"}]}}"#
        }
        let evidence = TestEvidence(
            stdout: [],
            stderr: [],
            report: Array(stream.joined(separator: "\n").utf8),
            exitCode: 1
        )
        let reports = framework.read(evidence, of: tests)
        #expect(reports.map(\.test) == [0, 1, 2])
        #expect(reports.map(\.status) == [.passed, .failed("the test failed"), .passed])
        let command = framework.run([tests[0]], Package(directory: "/p", files: []))
        #expect(command.arguments.contains(#"^M\.S/a\(b:\)/o\.swift:2:2(/|$)"#))
    }

    @Test func `keeps modules apart whose tests XCTest calls the same`() throws {
        let list =
            "Listing 5 tests in b.xctest:\n\nA.C/testA\nA.D/testA\nB.C/testA\nB.E/testB\nZ.F/testA\n"
        let tests = try framework.tests(in: Array(list.utf8), of: xctest)
        let shares = Sharing.all.groups(of: tests).map { $0.map(\.specifier) }
        #expect(shares == [["A.C/testA", "A.D/testA"], ["B.C/testA", "B.E/testB"], ["Z.F/testA"]])
        let command = framework.run(Array(tests[..<2]), Package(directory: "/p", files: []))
        #expect(command.arguments == ["/b.xctest", "--testing-library", "xctest", "A.C/testA,A.D/testA"])
    }

    @Test(arguments: ["hello world\n", "M.C/testA\nwarning: something\n"])
    func `takes nonsense for no list`(_ text: String) {
        #expect(throws: ListError.self) { try framework.tests(in: Array(text.utf8), of: xctest) }
        #expect(throws: ListError.self) { try framework.tests(in: Array(text.utf8), of: swiftTesting) }
    }

    @Test func `asks for exactly the tests that are wanted`() {
        let tests = [
            TestID(classname: "M.S", name: "a(_:)", specifier: "M.S/a(_:)", runner: "swift-testing /b.xctest")
        ]
        let command = framework.run(tests, Package(directory: "/p", files: []))
        #expect(
            command.arguments.prefix(5) == [
                "/b.xctest", "--testing-library", "swift-testing", "--filter", #"^M\.S/a\(_:\)(/|$)"#,
            ]
        )
        #expect(command.report != nil)
    }

    private func xctestReports(_ text: String) -> [TestReport] {
        let tests = ["testA", "testB", "testC"].map {
            TestID(classname: "M.C", name: $0, specifier: "M.C/\($0)", runner: "xctest /b.xctest")
        }
        return framework.read(TestEvidence(stdout: Array(text.utf8), stderr: [], report: nil, exitCode: 1), of: tests)
    }

    @Test func `reads XCTest's text, whatever the tests print between`() {
        let reports = xctestReports(
            """
            Test Suite 'C' started at 2026-01-01 00:00:00.000
            Test Case 'C.testA' started at 2026-01-01 00:00:00.000
            half a lineTest Case 'C.testA' passed (0.25 seconds)
            Test Case 'C.testB' started at 2026-01-01 00:00:00.000
            /p/Tests/T.swift:8: error: C.testB : XCTAssertEqual failed: ("1") is not equal to ("2") - why
            /p/Tests/T.swift:9: error: C.testB : second
            Test Case 'C.testB' failed (0.001 seconds)
            Test Case 'C.testC' started at 2026-01-01 00:00:00.000
            /p/Tests/T.swift:16: C.testC : Test skipped - not today
            Test Case 'C.testC' skipped (0.0 seconds)
            """
        ).filter { $0.status != .started }
        #expect(
            reports.map(\.status) == [
                .passed, .failed(#"T.swift:8: XCTAssertEqual failed: ("1") is not equal to ("2") - why"#),
                .skipped("not today"),
            ]
        )
        #expect(reports[0].duration == .milliseconds(250))
    }

    @Test func `sees the test in which the process died`() {
        let reports = xctestReports(
            "Test Case 'C.testA' started at x\nTest Case 'C.testA' passed (0.1 seconds)\nTest Case 'C.testB' started at x\n"
        )
        #expect(reports.last == TestReport(test: 1, status: .started))
        #expect(!reports.contains { $0.test == 2 })
    }

    @Test func `reads Swift Testing's events, and the half of a line that the process died within`() {
        let tests = ["a()", "b()", "c()", "d()"].map {
            TestID(classname: "M.S", name: $0, specifier: "M.S/\($0)", runner: "swift-testing /b.xctest")
        }
        func event(
            _ kind: String,
            _ test: String,
            _ time: Double,
            _ rest: String = "",
            symbol: String = "pass"
        ) -> String {
            #"{"kind":"event","version":0,"payload":{"kind":"\#(kind)","testID":"M.S\/\#(test)\/F.swift:1:2","#
                + #""instant":{"absolute":\#(time)},"messages":[{"symbol":"\#(symbol)","text":"T"}]\#(rest)}}"# + "\n"
        }
        let stream =
            event("testStarted", "a()", 1) + event("testEnded", "a()", 1.5)
            + event("testStarted", "b()", 2)
            + event("issueRecorded", "b()", 2.1, #","issue":{"isKnown":true}"#)
            + event("testEnded", "b()", 2.2, symbol: "passWithKnownIssue")
            + event("testStarted", "c()", 3)
            + event(
                "issueRecorded",
                "c()",
                3.1,
                #","issue":{"isKnown":false,"sourceLocation":{"fileID":"M\/F.swift","line":7}}"#
            )
            + event("testEnded", "c()", 3.2, symbol: "fail")
            + event("testStarted", "d()", 4) + #"{"kind":"event","payl"#
        let evidence = TestEvidence(stdout: [], stderr: [], report: Array(stream.utf8), exitCode: nil)
        let reports = framework.read(evidence, of: tests)
        #expect(reports.filter { $0.status != .started }.map(\.status) == [.passed, .passed, .failed("F.swift:7: T")])
        #expect(reports[1].duration == .milliseconds(500))
        #expect(reports.last == TestReport(test: 3, status: .started))
    }

    @Test func `a test of Swift Testing that ends the process with 0 is no pass, though it wrote that it ended`() {
        let tests = [TestID(classname: "M", name: "a()", specifier: "M.a()", runner: "swift-testing /b.xctest")]
        let stream = ["testStarted", "testEnded"].map {
            #"{"kind":"event","payload":{"kind":"\#($0)","testID":"M.a()/F.swift:1:2","messages":[]}}"# + "\n"
        }.joined()
        let end = #"{"kind":"event","payload":{"kind":"runEnded","messages":[]}}"#
        for (text, status) in [(stream, .started), (stream + end, .passed)] as [(String, TestReport.Status)] {
            let evidence = TestEvidence(stdout: [], stderr: [], report: Array(text.utf8), exitCode: 0)
            #expect(framework.read(evidence, of: tests).last?.status == status)
        }
    }

    @Test func `tests of Swift Testing that share a container run in turn, so that one of them ended it`() {
        let package = Package(directory: "/p", files: [])
        let tests = ["M.a()", "M.b()"].map {
            TestID(classname: "M", name: $0, specifier: $0, runner: "swift-testing /p/x.xctest")
        }
        #expect(SwiftFramework().run(tests, package).arguments.contains("--no-parallel"))
        #expect(!SwiftFramework().run([tests[0]], package).arguments.contains("--no-parallel"))
    }

    private func read(_ lines: [String], _ names: [String], exitCode: Int32 = 1) -> [TestReport.Status?] {
        let tests = names.map { TestID(classname: "", name: $0, specifier: $0, runner: "swift-testing b") }
        let report = lines.map { #"{"kind":"event","payload":{"instant":{"absolute":1},\#($0)}}"# } + [""]
        let bytes = Array(report.joined(separator: "\n").utf8)
        var last: [Int: TestReport.Status] = [:]
        for report in framework.read(.init(stdout: [], stderr: [], report: bytes, exitCode: exitCode), of: tests) {
            last[report.test] = report.status
        }
        return names.indices.map { last[$0] }
    }

    private func event(_ kind: String, _ test: String?, _ text: String = "") -> String {
        let place = test.map { #""testID":"\#($0)","# } ?? ""
        return #""kind":"\#(kind)",\#(place)"messages":[{"symbol":"x","text":"\#(text)"}]"#
    }

    @Test func `has an issue that belongs to no test for one of all that passed beside it`() {
        let passing = [event("testStarted", "M.a()"), event("testEnded", "M.a()"), event("testStarted", "M.b()")]
        let end = [event("runEnded", nil)]
        #expect(
            read(passing + [event("issueRecorded", nil, "lost")] + end, ["M.a()", "M.b()"]) == [
                .failed("lost"), .started,
            ]
        )
        let known = #""kind":"issueRecorded","issue":{"isKnown":true},"messages":[]"#
        #expect(read(passing + [known] + end, ["M.a()"]) == [.passed])
    }

    @Test func `has what a suite's trait did for what its tests did`() {
        let names = ["M.S/a()", "M.S/I/b()", "M.SS/c()"]
        let passed = names.flatMap { [event("testStarted", $0), event("testEnded", $0)] }
        let issue = event("issueRecorded", "M.S/f.swift:1:2", "no teardown")
        let end = [event("runEnded", nil)]
        #expect(read(passed + [issue] + end, names) == [.failed("no teardown"), .failed("no teardown"), .passed])
        #expect(read([issue] + end, names) == [.failed("no teardown"), .failed("no teardown"), nil])
        let skip = event("testCancelled", "M.S/f.swift:1:2", "not here")
        #expect(read([skip] + end, names, exitCode: 0) == [.skipped("not here"), .skipped("not here"), nil])
    }

    @Test func `has a test that its trait kept from being run for failed, and leaves a crash what it is`() {
        let issue = event("issueRecorded", "M.a()/f.swift:1:2", "threw")
        #expect(read([issue, event("runEnded", nil)], ["M.a()", "M.b()"]) == [.failed("threw"), nil])
        #expect(read([event("testStarted", "M.a()"), issue], ["M.a()"]) == [.started])
    }

    @Test func `knows functions of one name in several modules without their places`() throws {
        let list = "Q.same()/Q.swift:2:2\nR.same()/R.swift:2:2\nR.twice()/R.swift:3:2\nR.twice()/S.swift:3:2\n"
        let tests = try framework.tests(in: Array(list.utf8), of: swiftTesting)
        #expect(tests.map(\.name) == ["same()", "same()", "twice()/R.swift:3:2", "twice()/S.swift:3:2"])
        #expect(tests[1].specifier == "R.same()/R.swift:2:2")
    }

    @Test func `reads XCTest's last notice of a line, and whose class was being set up when the process died`() {
        let tests = ["A", "B"].map {
            TestID(classname: "M.\($0)", name: "testX", specifier: "M.\($0)/testX", runner: "xctest b")
        }
        func read(_ text: String) -> [TestReport] {
            framework.read(.init(stdout: Array(text.utf8), stderr: [], report: nil, exitCode: nil), of: tests)
        }
        let first = """
            Test Suite 'A' started at 1
            Test Case 'A.testX' started at 1
            see Test Case 'Test Case 'Foo.bar' passed ... ok Test Case 'A.testX' passed (0.1 seconds)
            Test Suite 'A' passed at 1

            """
        #expect(read(first).map(\.status).last == .passed)
        let died = read(first + "Test Suite 'B' started at 1\nM/f.swift:1: Fatal error: no\n")
        #expect(died.last == TestReport(test: 1, status: .started))
        #expect(read(first + "Test Suite 'C' started at 1\n").last?.status == .passed)
    }

    @Test func `reads a line of nothing but beginnings of notices`() {
        let tests = [TestID(classname: "M.A", name: "testX", specifier: "M.A/testX", runner: "xctest b")]
        let text = String(repeating: "Test Case '", count: 20_000) + String(repeating: "' ", count: 20_000)
        let end = "\nTest Case 'A.testX' passed (0.1 seconds)\n"
        let evidence = TestEvidence(stdout: Array((text + end).utf8), stderr: [], report: nil, exitCode: 1)
        #expect(framework.read(evidence, of: tests).map(\.status) == [.passed])
    }

    @Test func `a test of XCTest that ends the process with 0 is no pass, though it printed that it passed`() {
        let tests = ["testA", "testB"].map {
            TestID(classname: "M.C", name: $0, specifier: "M.C/\($0)", runner: "xctest /b.xctest")
        }
        let start = """
            Test Suite 'Selected tests' started at 1
            Test Suite 'C' started at 1
            Test Case 'C.testA' started at 1
            Test Case 'C.testA' passed (0.1 seconds)
            Test Case 'C.testB' started at 1
            Test Case 'C.testB' passed (0.1 seconds)

            """
        let count = "\t Executed 2 tests, with 0 failures (0 unexpected) in 0.2 (0.2) seconds\n"
        let suite = "Test Suite 'C' passed at 1\n" + count
        let whole = suite + "Test Suite 'Selected tests' passed at 1\n"
        let none = "\t Executed 0 tests, with 0 failures (0 unexpected) in 0.0 (0.0) seconds\n"
        for (end, isPass) in [
            ("", false), (suite, false), (whole, false), (whole + none, false), (whole + count, true),
            (whole + "noise" + count, true), (whole + count + "at exit\n", true),
        ] {
            let bytes = Array((start + end).utf8)
            let reports = framework.read(.init(stdout: bytes, stderr: [], report: nil, exitCode: 0), of: tests)
            #expect(reports.last { $0.test == 0 }?.status == .passed)
            #expect(reports.last { $0.test == 1 }?.status == (isPass ? .passed : .started), "\(end)")
        }
    }
}
