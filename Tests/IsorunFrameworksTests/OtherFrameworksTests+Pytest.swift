import IsorunFrameworks
import Testing

extension `Other frameworks` {
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
            #"{"start":"\#($0.name)"}"# + "\n" + #"{"test":"\#($0.name)","when":"call","outcome":"passed"}"#
                + "\n" + #"{"test":"\#($0.name)","when":"teardown","outcome":"passed"}"#
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
                "--rootdir", "/w/p", "-c", "/w/p/pyproject.toml", "tests/t.py::f[a]",
            ]
        )
        #expect(tests.map(\.fullName) == ["tests/t.py/f[a]"])
    }

    @Test func `what pytest tells a person of a test is its own`() {
        let report = """
            {"start":"t.py::a"}
            {"test":"t.py::a","when":"call","outcome":"failed","why":"x","duration":0.1,"text":"trace of a"}
            {"test":"t.py::a","when":"teardown","outcome":"failed","why":"y","duration":0.1,"text":"and more"}
            {"start":"t.py::b"}
            {"test":"t.py::b","when":"call","outcome":"passed","why":"","duration":0}
            {"test":"t.py::b","when":"teardown","outcome":"passed","why":"","duration":0}
            """
        let tests = ["t.py::a", "t.py::b"].map { TestID(classname: "", name: $0, specifier: $0, runner: "r") }
        let evidence = TestEvidence(stdout: [], stderr: [], report: Array(report.utf8), exitCode: 1)
        let reports = PytestFramework().read(evidence, of: tests)
        #expect(reports.last { $0.test == 0 }?.output == "trace of a\nand more\n")
        #expect(reports.last { $0.test == 1 }?.output == nil)
    }

    @Test func `an id of pytest's that is another in each run has that for its reason`() {
        let why = "pytest does not find this id again: its parameters differ from run to run; give them ids="
        #expect(read(PytestFramework(), ["t.py::a[1.5]"], report: #"{"lost":"t.py::a[1.5]"}"#) == [.failed(why)])
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

    @Test func `a test of pytest's of whose report the middle is lost has not passed`() {
        let report = """
            {"start":"t.py::a"}
            {"test":"t.py::a","when":"setup","outcome":"passed"}
            {"test":"t.py::a","when":"teardown","outcome":"passed"}
            """
        #expect(read(PytestFramework(), ["t.py::a"], report: report) == [.started])
    }
}
