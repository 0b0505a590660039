internal import IsorunReporting

/// pytest: a small plugin of isorun's own, given to it on the command line, lists and reports as JSON lines.
public struct PytestFramework: Framework {
    /// Of `--framework`.
    public let name = "pytest"
    private static let report = "/run/isorun-pytest.jsonl"

    /// Makes the framework.
    public init() {}

    /// The files that pytest itself takes for a package's root, or for tests.
    public func detect(_ package: Package) -> Bool {
        let marks: Set = ["pytest.ini", "conftest.py", "pyproject.toml", "setup.py", "setup.cfg", "tox.ini"]
        return package.files.contains { name in
            marks.contains(name) || name.hasSuffix("_test.py") || name.hasPrefix("test_") && name.hasSuffix(".py")
        }
    }

    /// Python with pytest.
    public var tool: (program: String, hint: String)? { ("python3", "apt-get install python3-pytest") }

    // A list of its own: the names that pytest prints break at a line end, and warnings stand among them.
    private static let script = #"""
        sys, json, pytest = map(__import__, ("sys", "json", "pytest"))
        class Isorun:
            def __init__(self): self.file = open(sys.argv[1], "a", buffering=1)
            def say(self, **record): self.file.write(json.dumps(record) + "\n")
            def pytest_collection_finish(self, session):
                if session.config.option.collectonly:
                    self.say(python=sys.executable or "")
                    for item in session.items: self.say(id=item.nodeid)
            def pytest_runtest_logstart(self, nodeid, location): self.say(start=nodeid)
            def pytest_runtest_logreport(self, report):
                why = ""
                if report.failed:
                    crash = getattr(report.longrepr, "reprcrash", None)
                    why = f"{crash.path}:{crash.lineno}: {crash.message}" if crash else str(report.longrepr)
                elif report.skipped:
                    xfail = getattr(report, "wasxfail", None)
                    why = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
                    if xfail is not None: why = f"expected to fail: {xfail}" if xfail else "expected to fail"
                self.say(test=report.nodeid, when=report.when, outcome=report.outcome, why=why[:4000],
                         duration=report.duration, strict=hasattr(report, "wasxfail"))
        sys.exit(pytest.main(sys.argv[2:], plugins=[Isorun()]))
        """#

    private static func command(_ arguments: [String], python: String) -> TestCommand {
        let options = ["-p", "no:cacheprovider", "--color=no"]
        return TestCommand([python, "-c", script, report] + options + arguments, runner: python, report: report)
    }

    /// Only collects.
    public func list(_ package: Package, built: BuiltFiles) -> [TestCommand] {
        var command = Self.command(["--collect-only", "-q"], python: "python3")
        command.emptyExitCode = 5  // pytest.ExitCode.NO_TESTS_COLLECTED
        return [command]
    }

    /// The plugin's lines; the parameters of a function share its container.
    public func tests(in output: [UInt8], of command: TestCommand) throws(ListError) -> [TestID] {
        var tests: [TestID] = []
        var runner = command.runner
        for line in output.split(separator: UInt8(ascii: "\n")) {
            let record = try? JSON(parsing: Array(line))
            if let python = record?["python"]?.string {
                if !python.isEmpty { runner = python }
                continue
            }
            guard let id = record?["id"]?.string else {
                throw ListError(
                    "the list of tests has a line that is no test: \(String(decoding: line.prefix(100), as: UTF8.self))"
                )
            }
            let function = id.firstIndex(of: "[").map { String(id[..<$0]) } ?? id
            let cut = Self.lastSeparator(function)
            let classname = cut.map { String(id[..<$0.lowerBound]) } ?? ""
            let name = cut.map { String(id[$0.upperBound...]) } ?? id
            let file = String(id.firstRange(of: "::").map { id[..<$0.lowerBound] } ?? id[...])
            var test = TestID(classname: classname, name: name, file: file, specifier: id, runner: runner)
            test.group = function
            tests.append(test)
        }
        return tests
    }

    private static func lastSeparator(_ text: String) -> Range<String.Index>? {
        text.ranges(of: "::").last
    }

    /// The plugin's first line of each.
    public var marks: ProgressMarks { ProgressMarks(report: [#"{"start": "#]) }

    /// By their ids.
    public func run(_ tests: [TestID], _ package: Package) -> TestCommand {
        // What python3 in PATH led to: version managers put a script there that takes its time for each start.
        Self.command(["-q"] + tests.map(\.specifier), python: tests.first?.runner ?? "python3")
    }

    /// A test fails where any of its phases does.
    public func read(_ evidence: TestEvidence, of tests: [TestID]) -> [TestReport] {
        var indices: [String: Int] = [:]
        for (index, test) in tests.enumerated() { indices[test.specifier] = index }
        var reports: [TestReport] = []
        var found: [Int: TestReport.Status] = [:]
        var times: [Int: Double] = [:]
        for line in (evidence.report ?? []).split(separator: UInt8(ascii: "\n")) {
            guard let record = try? JSON(parsing: Array(line)) else { continue }
            if let start = record["start"]?.string, let index = indices[start] {
                reports.append(TestReport(test: index, status: .started))
            }
            guard let id = record["test"]?.string, let index = indices[id] else { continue }
            times[index, default: 0] += record["duration"]?.double ?? 0
            let why = record["why"]?.string ?? ""
            switch record["outcome"]?.string {
            case "failed":
                if case .failed = found[index] { break }
                found[index] = .failed(why.isEmpty ? "the test failed" : why)
            case "skipped": if found[index] == nil { found[index] = .skipped(why) }
            default: break
            }
            guard record["when"]?.string == "teardown" else { continue }
            let duration = Duration.nanoseconds(Int64(min(times[index] ?? 0, 1e9) * 1e9))
            reports.append(TestReport(test: index, status: found[index] ?? .passed, duration: duration))
        }
        return reports
    }
}
