/// Go: the test program of each package is built once and started directly, in its package's directory.
public struct GoFramework: Framework {
    /// Of `--framework`.
    public let name = "go"
    private static let programs = "/var/lib/isorun-go"

    /// Makes the framework.
    public init() {}

    /// A module.
    public func detect(_ package: Package) -> Bool { package.files.contains("go.mod") }

    /// The toolchain.
    public var tool: (program: String, hint: String)? { ("go", "apt-get install golang-go") }

    /// A program for each package that has tests, its directory on the line before it.
    public func build(_ package: Package) -> [TestCommand] {
        let script = #"""
            mkdir -p \#(Self.programs)
            export GOCACHE=\#(Self.programs)/cache GOFLAGS="${GOFLAGS:-} -mod=mod"
            n=0
            go list -f '{{if or .TestGoFiles .XTestGoFiles}}{{.Dir}}	{{.ImportPath}}{{end}}' ./... |
            while IFS='	' read -r dir path; do
                [ -n "$dir" ] || continue
                n=$((n + 1))
                go test -c -o "\#(Self.programs)/$n.test" "$path" >&2
                printf '%s\t%s\t%s\n' "\#(Self.programs)/$n.test" "$dir" "$path"
            done
            """#
        return [TestCommand(["/bin/sh", "-ec", script], environment: ["GOFLAGS": ""])]
    }

    /// Each program lists its own.
    public func list(_ package: Package, built: BuiltFiles) -> [TestCommand] {
        built.lines.filter { $0.hasPrefix(Self.programs) }.map { line in
            TestCommand(Self.start(line, ["-test.list", "."]), runner: line)
        }
    }

    /// The program, its directory and its package; tests expect to run where their sources are.
    private static func start(_ runner: String, _ arguments: [String]) -> [String] {
        let parts = runner.split(separator: "\t").map(String.init)
        guard parts.count == 3 else { return ["false"] }
        return ["/bin/sh", "-c", #"cd "$1" && shift && exec "$@""#, "isorun-go", parts[1], parts[0]] + arguments
    }

    /// A name a line; benchmarks are no tests.
    public func tests(in output: [UInt8], of command: TestCommand) throws(ListError) -> [TestID] {
        let path = command.runner.split(separator: "\t").last.map(String.init) ?? ""
        return try NameList.tests(in: output, runner: command.runner) {
            TestID(classname: path, name: $0, specifier: $0, runner: command.runner)
        }.filter { !$0.name.hasPrefix("Benchmark") }
    }

    /// What `-test.v` prints, of subtests too.
    public var marks: ProgressMarks { ProgressMarks(output: ["=== RUN   ", "--- PASS: ", "--- FAIL: ", "--- SKIP: "]) }

    /// By a pattern of whole names.
    public func run(_ tests: [TestID], _ package: Package) -> TestCommand {
        let runner = tests.first?.runner ?? ""
        let pattern = "^(\(tests.map(\.specifier).joined(separator: "|")))$"
        return TestCommand(Self.start(runner, ["-test.v", "-test.timeout", "0", "-test.run", pattern]), runner: runner)
    }

    /// `=== RUN   TestX`, `--- PASS: TestX (0.00s)`; subtests are indented and belong to their test.
    public func read(_ evidence: TestEvidence, of tests: [TestID]) -> [TestReport] {
        var indices: [Substring: Int] = [:]
        for (index, test) in tests.enumerated() { indices[test.specifier[...]] = index }
        var reports: [TestReport] = []
        var last = ""
        let panic = lines(evidence.stderr + evidence.stdout).first { $0.hasPrefix("panic: ") }.map(String.init)
        for line in lines(evidence.stdout) {
            if line.hasPrefix("=== RUN   "), let index = indices[line.dropFirst(10)] {
                last = ""
                reports.append(TestReport(test: index, status: .started))
            } else if line.hasPrefix("--- "), let open = line.lastIndex(of: "("), line.hasSuffix("s)") {
                let words = line.dropFirst(4).split(separator: " ")
                guard words.count >= 2, let index = indices[words[1]] else { continue }
                let seconds = Double(line[line.index(after: open)...].dropLast(2)) ?? 0
                let time = Duration.nanoseconds(Int64(min(max(seconds, 0), 1e9) * 1e9))
                switch words[0] {
                case "PASS:": reports.append(TestReport(test: index, status: .passed, duration: time))
                case "SKIP:": reports.append(TestReport(test: index, status: .skipped(last), duration: time))
                default:
                    reports.append(
                        TestReport(
                            test: index,
                            status: .failed(last.isEmpty ? panic ?? "the test failed" : last),
                            duration: time
                        )
                    )
                }
            } else if last.isEmpty, line.hasPrefix("    ") {
                last = String(line.drop { $0 == " " })
            }
        }
        return reports
    }
}
