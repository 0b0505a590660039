/// GoogleTest programs, which the user names or a suite's build makes.
public struct GoogleTestFramework: Framework {
    /// Of `--framework`.
    public let name = "googletest"

    /// Makes the framework.
    public init() {}

    /// Only a program that was named can be one, and it has to be said that it is.
    public func detect(_ package: Package) -> Bool { false }

    /// What was given.
    public func build(_ package: Package) -> [TestCommand] {
        package.templates.build.map { [TestCommand(["/bin/sh", "-ec", $0])] } ?? []
    }

    /// Each program lists its own.
    public func list(_ package: Package, built: BuiltFiles) -> [TestCommand] {
        package.programs.map { TestCommand([$0, "--gtest_list_tests", "--gtest_color=no"], runner: $0) }
    }

    /// `Suite.`, then its tests indented; a comment names a parameter.
    public func tests(in output: [UInt8], of command: TestCommand) throws(ListError) -> [TestID] {
        var suite: String?
        var tests: [TestID] = []
        for line in lines(output) where !line.isEmpty {
            let text = (line.firstRange(of: "  # ").map { line[..<$0.lowerBound] } ?? line)
            if line.hasPrefix("  "), let suite {
                let name = String(text.dropFirst(2))
                tests.append(
                    TestID(
                        classname: suite,
                        name: name,
                        specifier: "\(suite).\(name)",
                        runner: command.runner
                    )
                )
            } else if text.last == ".", !text.contains(" ") || text.count < line.count {
                suite = String(text.dropLast())
            } else if !line.hasPrefix("Running main() from") {
                throw ListError("\(command.runner) printed what is no list of GoogleTest: \(line.prefix(100))")
            }
        }
        return tests
    }

    /// Programs know nothing of each other: what several call by one name has its program's before that, and the whole
    /// path of that where the program's name is the same, too.
    public func distinguish(_ tests: [TestID]) -> [TestID] {
        func name(_ runner: String) -> Substring { runner.split(separator: "/").last ?? runner[...] }
        return tests.distinguishing { test, runners in
            let isOwn = !runners.contains { $0 != test.runner && name($0) == name(test.runner) }
            return "\(isOwn ? name(test.runner) : test.runner[...])/\(test.classname)"
        }
    }

    /// By a filter of whole names, in which one letter stands for each that a filter has a use of its own for.
    public func run(_ tests: [TestID], _ package: Package) -> TestCommand {
        let runner = tests.first?.runner ?? ""
        let names = tests.map { test in String(test.specifier.map { ":-*?".contains($0) ? "?" : $0 }) }
        let filter = names.joined(separator: ":")
        return TestCommand(
            [runner, "--gtest_filter=\(filter)", "--gtest_color=no", "--gtest_also_run_disabled_tests=0"],
            runner: runner
        )
    }

    /// Each test's lines.
    public var marks: ProgressMarks { ProgressMarks(output: Self.marks) }

    /// `[ RUN      ] Suite.Test`, then OK, FAILED or SKIPPED.
    public func read(_ evidence: TestEvidence, of tests: [TestID]) -> [TestReport] {
        var indices: [String: Int] = [:]
        for (index, test) in tests.enumerated() { indices[test.specifier] = index }
        // A disabled test is listed and never run.
        var reports = tests.indices.filter { Self.isDisabled(tests[$0]) }.map {
            TestReport(test: $0, status: .skipped("disabled"))
        }
        var message: [String] = []
        // What a test prints may look like its end, and those that failed are named once more behind the total.
        var failed: Set<Int> = []
        var skipped: Set<Int> = []
        var failedSuites: Set<Substring> = []
        for line in lines(evidence.stdout) {
            guard let (mark, rest) = Self.mark(in: line) else {
                // Between tests, and what stands before it is no test's.
                if line.hasPrefix("[----------]") || line.hasPrefix("[==========]") { message = [] }
                message.append(String(line))
                continue
            }
            // Of its tests none may show it, and all may have run without what they need.
            if mark == "FAILED", rest.hasSuffix(Self.suiteFailure) {
                failedSuites.insert(rest.dropLast(Self.suiteFailure.count))
                continue
            }
            guard let index = Self.test(rest, indices), !failed.contains(index) else { continue }
            if mark == "RUN" {
                message = []
                reports.append(TestReport(test: index, status: .started))
                continue
            }
            let time = Self.time(rest)
            let text = Self.reason(in: message) ?? "the test failed"
            switch mark {
            case "OK": reports.append(TestReport(test: index, status: .passed, duration: time))
            case "FAILED":
                failed.insert(index)
                reports.append(TestReport(test: index, status: .failed(text), duration: time))
            case "SKIPPED" where skipped.insert(index).inserted:
                reports.append(TestReport(test: index, status: .skipped(text), duration: time))
            default: break
            }
        }
        for index in tests.indices where !failed.contains(index) {
            guard let dot = tests[index].specifier.firstIndex(of: ".") else { continue }
            let suite = tests[index].specifier[..<dot]
            guard failedSuites.contains(suite) else { continue }
            reports.append(TestReport(test: index, status: .failed("failed: \(suite)\(Self.suiteFailure)")))
        }
        return reports
    }

    private static let suiteFailure = ": SetUpTestSuite or TearDownTestSuite"
    private static let marks = ["[ RUN      ] ", "[       OK ] ", "[  FAILED  ] ", "[  SKIPPED ] "]

    /// A mark and what stands behind it; what a test printed without a line end may stand before it.
    private static func mark(in line: Substring) -> (mark: String, rest: Substring)? {
        guard line.utf8.contains(UInt8(ascii: "[")) else { return nil }
        for mark in marks {
            guard let found = line.ranges(of: mark).last else { continue }
            return (mark.filter { !"[] ".contains($0) }, line[found.upperBound...])
        }
        return nil
    }

    /// GoogleTest's own words.
    ///
    /// They begin with the line that says where (`FILE:LINE: Failure`, `unknown file: Failure`) and have no empty line.
    /// What the test itself printed stands before them; what stands behind them is told apart only by an empty line.
    private static func reason(in message: [String]) -> String? {
        var said: [String] = []
        var isOwn = false
        for line in message {
            if placeMarks.contains(where: { line.hasSuffix($0) }) { isOwn = true }
            if line.isEmpty { isOwn = false }
            if isOwn { said.append(line) }
        }
        if said.isEmpty { said = Array(message.drop { $0.isEmpty }.prefix { !$0.isEmpty }) }
        return said.isEmpty ? nil : said.joined(separator: "\n")
    }

    private static let placeMarks = [": Failure", ": Skipped"]

    private static func isDisabled(_ test: TestID) -> Bool {
        test.specifier.split { $0 == "." || $0 == "/" }.contains { $0.hasPrefix("DISABLED_") }
    }

    /// Whose line it is: behind the name may stand its parameter (`, where GetParam() = …`, which may go on in the next
    /// line), and its time, unless the program wants none to be printed.
    private static func test(_ rest: Substring, _ indices: [String: Int]) -> Int? {
        let timed = rest.hasSuffix(" ms)") ? rest.ranges(of: " (").last.map { rest[..<$0.lowerBound] } : nil
        let name = timed ?? rest
        let bare = name.firstRange(of: ", where ").map { name[..<$0.lowerBound] }
        return indices[String(name)] ?? bare.flatMap { indices[String($0)] }
    }

    private static func time(_ rest: Substring) -> Duration? {
        guard let open = rest.lastIndex(of: "("), rest.hasSuffix(" ms)") else { return nil }
        return Int64(rest[rest.index(after: open)...].dropLast(4)).map { .milliseconds($0) }
    }
}
