/// Go: the test program of each package is built once and started directly, in its package's directory.
public struct GoFramework: Framework {
    /// Of `--framework`.
    public let name = "go"

    /// Makes the framework.
    public init() {}

    /// A module.
    public func detect(_ package: Package) -> Bool { package.files.contains("go.mod") }

    /// The toolchain.
    public var tool: (program: String, hint: String)? { ("go", "apt-get install golang-go") }

    /// A program for each package that has tests: a line of the program, its directory and its package, and a fourth
    /// field where the program is missing and its place has what go said of that.
    ///
    /// `go test` is what builds, with nothing for it to run: so it vets, too. A package that it cannot build or that it
    /// objects to fails alone, as in `go test ./...`; where that holds for all of them the build has failed.
    ///
    /// Without root only the package's own directory can be written; go passes over what begins with a dot. What is
    /// listed goes through a file, for in a pipeline the shell would not see that go failed.
    public func build(_ package: Package) -> [TestCommand] {
        let script = #"""
            programs=/var/lib/isorun-go
            mkdir -p "$programs" 2>/dev/null && [ -w "$programs" ] || programs=$PWD/.isorun-go
            mkdir -p "$programs"
            export GOCACHE="$programs/cache"
            go list -e -f '{{if or .TestGoFiles .XTestGoFiles .Error}}{{.Dir}}	{{.ImportPath}}{{end}}' ./... >"$programs/list"
            n=0 built=0
            while IFS='	' read -r dir path; do
                [ -n "$dir" ] || continue
                n=$((n + 1))
                if go test -exec true -o "$programs/$n.test" "$path" </dev/null >"$programs/$n.log" 2>&1; then
                    built=$((built + 1))
                    printf '%s\t%s\t%s\n' "$programs/$n.test" "$dir" "$path"
                else
                    cat "$programs/$n.log" >&2
                    printf '%s\t%s\t%s\tunbuilt\n' "$programs/$n.log" "$dir" "$path"
                fi
            done <"$programs/list"
            [ "$n" = 0 ] || [ "$built" != 0 ]
            """#
        return [TestCommand(["/bin/sh", "-ec", script])]
    }

    /// Each program lists its own, and one that is missing stands for all of its tests.
    public func list(_ package: Package, built: BuiltFiles) -> [TestCommand] {
        built.lines.filter { $0.split(separator: "\t").count >= 3 }.map { line in
            TestCommand(Self.isUnbuilt(line) ? ["true"] : Self.start(line, ["-test.list", "."]), runner: line)
        }
    }

    private static func isUnbuilt(_ runner: String) -> Bool { runner.hasSuffix("\tunbuilt") }

    /// The program, its directory and its package; tests expect to run where their sources are.
    private static func start(_ runner: String, _ arguments: [String]) -> [String] {
        let parts = runner.split(separator: "\t").map(String.init)
        guard parts.count >= 3 else { return ["false"] }
        return ["/bin/sh", "-c", #"cd "$1" && shift && exec "$@""#, "isorun-go", parts[1], parts[0]] + arguments
    }

    /// A name a line; benchmarks are no tests, and nor is what `TestMain` prints between them.
    public func tests(in output: [UInt8], of command: TestCommand) throws(ListError) -> [TestID] {
        let path = command.runner.split(separator: "\t").dropFirst(2).first.map(String.init) ?? ""
        if Self.isUnbuilt(command.runner) { return [.unbuilt(classname: path, runner: command.runner)] }
        var seen: Set<String> = []
        return lines(output).compactMap(GoName.init(endOf:)).filter { seen.insert($0.text).inserted }.map {
            TestID(classname: path, name: $0.text, specifier: $0.text, runner: command.runner)
        }
    }

    /// What `-test.v` prints, of subtests too.
    public var marks: ProgressMarks { ProgressMarks(output: ["=== RUN   ", "--- PASS: ", "--- FAIL: ", "--- SKIP: "]) }

    /// By a pattern of whole names.
    public func run(_ tests: [TestID], _ package: Package) -> TestCommand {
        let runner = tests.first?.runner ?? ""
        if Self.isUnbuilt(runner) {
            let log = runner.prefix { $0 != "\t" }
            return TestCommand(["/bin/sh", "-c", #"cat "$1" >&2; exit 1"#, "isorun-go", String(log)], runner: runner)
        }
        let pattern = "^(\(tests.map(\.specifier).joined(separator: "|")))$"
        return TestCommand(Self.start(runner, ["-test.v", "-test.timeout", "0", "-test.run", pattern]), runner: runner)
    }

    /// `=== RUN   TestX`, `--- PASS: TestX (0.00s)`; subtests are indented and belong to their test.
    public func read(_ evidence: TestEvidence, of tests: [TestID]) -> [TestReport] {
        if tests.first?.isUnbuilt == true {
            let said = lines(evidence.stderr).first { !$0.isEmpty && !$0.hasPrefix("#") } ?? "go test says no more"
            return [TestReport(test: 0, status: .failed("the package's tests cannot be built: \(said)"))]
        }
        var indices: [Substring: Int] = [:]
        for (index, test) in tests.enumerated() { indices[test.specifier[...]] = index }
        var reports: [TestReport] = []
        var last = ""
        let panic = lines(evidence.stderr + evidence.stdout).first { $0.hasPrefix("panic: ") }.map(String.init)
        for line in lines(evidence.stdout) {
            // What was printed without a line end may stand before any of them.
            if let run = line.ranges(of: "=== RUN   ").last, let index = indices[line[run.upperBound...]] {
                last = ""
                reports.append(TestReport(test: index, status: .started))
            } else if line.hasPrefix("=== PAUSE "), let index = indices[line.dropFirst(10)] {
                // It waits for the others, and whatever ends the program meanwhile is not its doing.
                reports.removeAll { $0.test == index }
            } else if line.hasPrefix("=== CONT  "), let index = indices[line.dropFirst(10)] {
                reports.append(TestReport(test: index, status: .started))
            } else if let end = GoEnd(of: line), let index = indices[end.test] {
                if last.isEmpty { last = Self.message(in: line[..<end.start]) ?? "" }
                let status: TestReport.Status =
                    switch end.verdict {
                    case "PASS": .passed
                    case "SKIP": .skipped(last)
                    default: .failed(last.isEmpty ? panic ?? "the test failed" : last)
                    }
                reports.append(TestReport(test: index, status: status, duration: end.duration))
            } else if last.isEmpty, let message = Self.message(in: line) {
                last = message
            }
        }
        return reports
    }

    /// What `t.Error` and its like print: indented, or with its place behind what was printed without a line end.
    private static func message(in line: Substring) -> String? {
        if line.hasPrefix("    ") { return String(line.drop { $0 == " " }) }
        guard let mark = line.firstRange(of: ".go:"), line[mark.upperBound...].first?.isNumber == true else {
            return nil
        }
        guard let indent = line[..<mark.lowerBound].ranges(of: "    ").last else { return nil }
        return String(line[indent.upperBound...])
    }
}

/// The notice of a test's end: `--- PASS: TestX (0.00s)`, with what the test printed last before it.
private struct GoEnd {
    var verdict: Substring
    var test: Substring
    var duration: Duration
    /// Where it begins in the line.
    var start: Substring.Index

    init?(of line: Substring) {
        guard line.hasSuffix("s)"), let open = line.ranges(of: " (").last else { return nil }
        guard let seconds = Double(line[open.upperBound...].dropLast(2)) else { return nil }
        guard let dashes = line[..<open.lowerBound].ranges(of: "--- ").last else { return nil }
        let words = line[dashes.upperBound..<open.lowerBound].split(separator: ": ", maxSplits: 1)
        guard words.count == 2 else { return nil }
        (verdict, test, start) = (words[0], words[1], dashes.lowerBound)
        duration = .nanoseconds(Int64(min(max(seconds, 0), 1e9) * 1e9))
    }
}

/// The name of a test, an example or a fuzz test.
private struct GoName {
    let text: String

    /// Finds the name that a line of `-test.list` is, or ends with: `TestMain` may have printed before it, and a name
    /// too many fails where one that is missing would be passed over.
    init?(endOf line: Substring) {
        var start = line.endIndex
        while start > line.startIndex, Self.isPart(line[line.index(before: start)]) {
            start = line.index(before: start)
        }
        let word = line[start...]
        guard !line.hasPrefix("Benchmark"), let name = word.indices.first(where: { Self.isName(word[$0...]) }) else {
            return nil
        }
        text = String(word[name...])
        if text == "TestMain", text != line { return nil }
    }

    private static func isPart(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || character == "_"
    }

    // As go itself has it: what follows the prefix is no lower-case letter.
    private static func isName(_ word: Substring) -> Bool {
        ["Test", "Example", "Fuzz"].contains { prefix in
            word.hasPrefix(prefix) && word.dropFirst(prefix.count).first?.isLowercase != true
        }
    }
}
