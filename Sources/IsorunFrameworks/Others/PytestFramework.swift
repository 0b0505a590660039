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

    /// What pytest takes its root and its configuration from, as "Initialization: determining rootdir and configfile" of
    /// its reference has it, and the fixtures of directories between that root and the package.
    public var filesAbove: [String] {
        [
            "pytest.toml", ".pytest.toml", "pytest.ini", ".pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg",
            "setup.py", "conftest.py",
        ]
    }

    // A list of its own: the names that pytest prints break at a line end, and warnings stand among them. A module that
    // skips itself is listed as one test, and its run is no failure although no test ran. A coverage that is demanded of
    // all tests is not demanded of each, and a path in addopts is no test of each. A part of a test that skips itself
    // (subTest) skips no test. Files are collected, and of them what is wanted is kept: an id may have more in it than
    // pytest finds by its words. Ids are listed as they are collected, before anybody shuffles them. Workers
    // (pytest-xdist) are not started for the tests of each container. Where the tests have ended, and before anything
    // else does, it says its word. To the tests all looks as after `python3 -m pytest`.
    private static let script = #"""
        sys, json, os = map(__import__, ("sys", "json", "os"))
        if sys.path[0] == "": sys.path[0] = os.getcwd()
        try: import pytest
        except ModuleNotFoundError as error:
            if error.name != "pytest": raise
            own, base = sys.executable or "python3", getattr(sys, "base_prefix", sys.prefix)
            system = "" if sys.prefix != base else ", or as root of a Debian: apt-get install python3-pytest"
            sys.exit(f"{own} has no pytest, as it is seen in the container. To install it: {own} -m pip install pytest"
                     f"{system}. One in a home directory is not seen unless --volume shows its directory.")
        with open(3) as pipe: word = [pipe.readline().strip()]
        path, count, *words = sys.argv[1:]
        __file__ = pytest.__file__.replace("__init__", "__main__")
        sys.argv[:] = [__file__]
        tests = {words[-place]: -place for place in range(1, int(count) + 1)}
        del words[len(words) - int(count):]
        class Isorun:
            lists = skips = False
            def __init__(self): self.file, self.seen, self.order = open(path, "a", buffering=1), set(), []
            def say(self, **record): self.file.write(json.dumps(record) + "\n")
            @pytest.hookimpl(hookwrapper=True)
            def pytest_cmdline_main(self, config):
                if getattr(config.option, "numprocesses", None): config.option.numprocesses = 0
                yield
            @pytest.hookimpl(tryfirst=True)
            def pytest_configure(self, config):
                cov = getattr(config.pluginmanager.getplugin("_cov"), "options", None)
                for options in (cov, config.option):
                    if hasattr(options, "cov_fail_under"): options.cov_fail_under = 0
                self.lists = config.option.collectonly
                root = words[words.index("--rootdir") + 1] if "--rootdir" in words else ""
                if tests: config.args = list(dict.fromkeys(os.path.join(root, id.split("::")[0]) for id in tests))
                if self.lists:
                    self.say(python=sys.executable or "", root=str(config.rootpath), ini=str(config.inipath or ""))
            def pytest_collectreport(self, report):
                if not report.skipped: return
                why = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
                self.skips = True
                if self.lists:
                    if report.nodeid not in self.seen: self.say(id=report.nodeid)
                    return self.seen.add(report.nodeid)
                self.say(start=report.nodeid)
                self.say(test=report.nodeid, when="teardown", outcome="skipped", why=why[:4000], duration=0)
            @pytest.hookimpl(hookwrapper=True, tryfirst=True)
            def pytest_collection_modifyitems(self, items):
                self.order = list(dict.fromkeys(item.nodeid for item in items))
                known, functions = set(self.order), {id.split("[")[0] for id in self.order}
                for id in tests:
                    if "[" in id and id not in known and id.split("[")[0] in functions: self.say(lost=id)
                if tests: items[:] = sorted((i for i in items if i.nodeid in tests), key=lambda i: tests[i.nodeid])
                yield
            def pytest_collection_finish(self, session):
                if not self.lists: return
                left = {item.nodeid for item in session.items}
                for id in self.order:
                    if id in left: self.say(id=id)
                for id in sorted(left.difference(self.order)): self.say(id=id)
            def pytest_runtest_logstart(self, nodeid, location): self.say(start=nodeid)
            def pytest_runtest_logreport(self, report):
                why, outcome, more = "", report.outcome, {}
                if report.skipped and hasattr(report, "context"): outcome = "passed"
                if report.failed:
                    crash = getattr(report.longrepr, "reprcrash", None)
                    why = f"{crash.path}:{crash.lineno}: {crash.message}" if crash else str(report.longrepr)
                    parts = [report.longreprtext] + [f"--- {name} ---\n{text}" for name, text in report.sections]
                    if len(tests) > 1: more["text"] = "\n".join(parts)[:65536]
                elif report.skipped:
                    xfail = getattr(report, "wasxfail", None)
                    why = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
                    if xfail is not None: why = f"expected to fail: {xfail}" if xfail else "expected to fail"
                self.say(test=report.nodeid, when=report.when, outcome=outcome, why=why[:4000],
                         duration=report.duration, strict=hasattr(report, "wasxfail"), **more)
        def ended(plugin, word):
            @pytest.hookimpl(tryfirst=True)
            def pytest_sessionfinish(session): plugin.say(end=word)
            plugin.pytest_sessionfinish = pytest_sessionfinish
            return plugin
        plugin = ended(Isorun(), word.pop())
        code = pytest.main(list(words), plugins=[plugin])
        sys.exit(0 if code == 5 and plugin.skips else code)
        """#

    private static func command(_ arguments: [String], tests: [String] = [], python: String) -> TestCommand {
        // The cache is there for those that use it, and empty: what failed before selects nothing here.
        let options = ["-o", "cache_dir=/run/isorun-pytest-cache", "--color=no"]
        let words = [python, "-c", script, report, "\(tests.count)"] + options + arguments + tests
        return TestCommand(words, runner: python, report: report).withSecret()
    }

    /// Only collects.
    public func list(_ package: Package, built: BuiltFiles) -> [TestCommand] {
        var command = Self.command(["--collect-only", "-q"], python: "python3")
        // Sets, by which tests may be parametrised, have the same order in all runs then.
        command.environment["PYTHONHASHSEED"] = "0"
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
                runner =
                    PytestStart(
                        python: python.isEmpty ? command.runner : python,
                        root: record?["root"]?.string ?? "",
                        configuration: record?["ini"]?.string ?? ""
                    ).runner
                continue
            }
            if record?["end"] != nil { continue }
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

    /// By their ids, which begin at the directory that pytest found for its root: the plugin looks for them there.
    public func run(_ tests: [TestID], _ package: Package) -> TestCommand {
        let start = PytestStart(runner: tests.first?.runner ?? "python3")
        var command = Self.command(
            ["-q"] + start.options,
            tests: tests.map(\.specifier),
            python: start.python
        )
        command.runner = start.runner
        return command
    }

    private static let lost =
        "pytest does not find this id again: its parameters differ from run to run; give them ids="

    /// A test fails where any of its phases does.
    public func read(_ evidence: TestEvidence, of tests: [TestID]) -> [TestReport] {
        var indices: [String: Int] = [:]
        for (index, test) in tests.enumerated() { indices[test.specifier] = index }
        var reports: [TestReport] = []
        var found: [Int: TestReport.Status] = [:]
        var times: [Int: Double] = [:]
        var called: Set<Int> = []
        var texts: [Int: String] = [:]
        var hasEnded = false
        for line in (evidence.report ?? []).split(separator: UInt8(ascii: "\n")) {
            guard let record = try? JSON(parsing: Array(line)) else { continue }
            if let end = record["end"]?.string { hasEnded = end == evidence.secret }
            if let start = record["start"]?.string, let index = indices[start] {
                reports.append(TestReport(test: index, status: .started))
            }
            if let lost = record["lost"]?.string, let index = indices[lost] {
                reports.append(TestReport(test: index, status: .failed(Self.lost)))
            }
            guard let id = record["test"]?.string, let index = indices[id] else { continue }
            times[index, default: 0] += record["duration"]?.double ?? 0
            let why = record["why"]?.string ?? ""
            if let text = record["text"]?.string { texts[index, default: ""] += text + "\n" }
            switch record["outcome"]?.string {
            case "failed":
                if case .failed = found[index] { break }
                found[index] = .failed(why.isEmpty ? "the test failed" : why)
            case "skipped": if found[index] == nil { found[index] = .skipped(why) }
            default: break
            }
            if record["when"]?.string == "call" { called.insert(index) }
            // Where the middle of a report is lost, the word that mattered may have been in it.
            guard record["when"]?.string == "teardown", called.contains(index) || found[index] != nil else { continue }
            let duration = Duration(told: times[index])
            var report = TestReport(test: index, status: found[index] ?? .passed, duration: duration)
            report.output = texts[index]
            reports.append(report)
        }
        return hasEnded ? reports : reports.endedEarly(evidence)
    }
}

/// What listed a package's tests, and runs them: from other arguments pytest could find another root and other names.
private struct PytestStart {
    /// What python3 in PATH led to: version managers put a script there that takes its time for each start.
    var python: String
    /// pytest's root directory, where ids begin; empty where it was not told.
    var root: String
    /// The file that it took its configuration from; empty where there is none.
    var configuration: String

    init(python: String, root: String, configuration: String) {
        (self.python, self.root, self.configuration) = (python, root, configuration)
    }

    /// Understands what ``runner`` made.
    init(runner: String) {
        let parts = runner.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        self.init(
            python: parts[0],
            root: parts.count == 3 ? parts[1] : "",
            configuration: parts.count == 3 ? parts[2] : ""
        )
    }

    /// All of it as one word.
    var runner: String { root.isEmpty ? python : "\(python)\t\(root)\t\(configuration)" }

    var options: [String] {
        (root.isEmpty ? [] : ["--rootdir", root]) + (configuration.isEmpty ? [] : ["-c", configuration])
    }
}
