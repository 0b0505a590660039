/// Any command that lists tests, and any that runs one: two lines of the shell.
public struct ExecFramework: Framework {
    /// Of `--framework`.
    public let name = "exec"
    /// The run command's exit code is its result.
    public let trustsExitCode = true

    /// Makes the framework.
    public init() {}

    /// A package is taken for one where both commands were given.
    public func detect(_ package: Package) -> Bool { package.templates.list != nil && package.templates.run != nil }

    /// What was given, if it was.
    public func build(_ package: Package) -> [TestCommand] {
        package.templates.build.map { [TestCommand(["/bin/sh", "-ec", $0])] } ?? []
    }

    /// What was given.
    public func list(_ package: Package, built: BuiltFiles) -> [TestCommand] {
        [TestCommand(["/bin/sh", "-ec", package.templates.list ?? "exit 1"], runner: name)]
    }

    /// One on each line; a name may hold anything else.
    public func tests(in output: [UInt8], of command: TestCommand) throws(ListError) -> [TestID] {
        try NameList.tests(in: output, runner: command.runner) {
            TestID(
                classname: "",
                name: $0,
                specifier: $0,
                runner: command.runner
            )
        }
    }

    /// The name is an argument and never a part of the shell's line; `{}` in the line stands for it, quoted.
    public func run(_ tests: [TestID], _ package: Package) -> TestCommand {
        let line = (package.templates.run ?? "exit 1").split(separator: "{}", omittingEmptySubsequences: false)
        let script = line.joined(separator: "\"$1\"")
        if tests.count == 1 {
            return TestCommand(["/bin/sh", "-ec", script, "isorun-exec", tests[0].specifier])
        }
        // Each in turn, by a shell of its own, as one alone has it; what fails is told apart by the report.
        let all = #"""
            line=$1; shift
            for t; do
                /bin/sh -ec "$line" isorun-exec "$t" && s=ok || s="failed $?"
                printf '%s\n%s\n' "$t" "$s" >>/run/isorun-exec
            done
            """#
        return TestCommand(
            ["/bin/sh", "-c", all, "isorun-exec", script] + tests.map(\.specifier),
            report: "/run/isorun-exec"
        )
    }

    /// The lines of each test that has ended.
    public var marks: ProgressMarks { ProgressMarks(report: ["\n"]) }

    /// A container of one test has its result in its exit code; of more, two lines for each.
    public func read(_ evidence: TestEvidence, of tests: [TestID]) -> [TestReport] {
        guard tests.count > 1 else { return [] }
        let entries = lines(evidence.report ?? [])
        var reports: [TestReport] = []
        for start in stride(from: 0, to: entries.count - 1, by: 2) {
            guard let index = tests.firstIndex(where: { $0.specifier == entries[start] }) else { continue }
            let isGood = entries[start + 1] == "ok"
            reports.append(
                TestReport(test: index, status: isGood ? .passed : .failed("exit \(entries[start + 1].dropFirst(7))"))
            )
        }
        // The shell goes through them in order: what comes next is what ran when it ended.
        if let next = tests.indices.first(where: { index in !reports.contains { $0.test == index } }) {
            reports.append(TestReport(test: next, status: .started))
        }
        return reports
    }
}

/// Lists of a name a line.
enum NameList {
    /// The longest name that a report is expected to carry.
    static let longest = 1 << 20

    static func tests(
        in output: [UInt8],
        runner: String,
        _ make: (String) -> TestID
    ) throws(ListError) -> [TestID] {
        var tests: [TestID] = []
        for line in output.split(separator: UInt8(ascii: "\n")) {
            // The line end of other systems.
            let line = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
            guard let text = String(validating: line, as: UTF8.self) else {
                throw ListError("the list of tests is not UTF-8")
            }
            guard !text.utf8.contains(0) else { throw ListError("the list of tests holds a NUL byte") }
            guard text.contains(where: { !$0.isWhitespace }) else { continue }
            guard text.utf8.count <= longest else {
                throw ListError("the list of tests has a name of more than \(longest) bytes")
            }
            tests.append(make(text))
        }
        return tests
    }
}
