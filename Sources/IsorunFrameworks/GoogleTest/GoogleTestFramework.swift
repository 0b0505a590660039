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
        var list = GoogleTestList()
        for line in lines(output) where !line.isEmpty { list.take(line) }
        if let line = list.strange {
            throw ListError("\(command.runner) printed what is no list of GoogleTest: \(line.prefix(100))")
        }
        return list.names.map { suite, name in
            TestID(classname: suite, name: name, specifier: "\(suite).\(name)", runner: command.runner)
        }
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
    public var marks: ProgressMarks { ProgressMarks(output: GoogleTestText.marks) }

    /// `[ RUN      ] Suite.Test`, then OK, FAILED or SKIPPED.
    public func read(_ evidence: TestEvidence, of tests: [TestID]) -> [TestReport] {
        var text = GoogleTestText(tests)
        for line in lines(evidence.stdout) { text.take(line) }
        // A disabled test is listed and never run.
        let disabled = tests.indices.filter { Self.isDisabled(tests[$0]) }
        return disabled.map { TestReport(test: $0, status: .skipped("disabled")) } + text.reports(evidence)
    }

    private static func isDisabled(_ test: TestID) -> Bool {
        test.specifier.split { $0 == "." || $0 == "/" }.contains { $0.hasPrefix("DISABLED_") }
    }
}
