/// Go: the test program of each package is built once and started directly, in its package's directory.
public struct GoFramework: Framework {
    /// Of `--framework`.
    public let name = "go"

    /// Makes the framework.
    public init() {}

    /// A module, or a workspace of several.
    public func detect(_ package: Package) -> Bool { !package.files.isDisjoint(with: ["go.mod", "go.work"]) }

    /// Where go keeps modules: in the home, which the build does not see.
    public var offlineHint: String? {
        #"modules that are on this host: -v "$HOME/go/pkg/mod:$HOME/go/pkg/mod:ro""#
    }

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
            set -- ./...
            if [ ! -f go.mod ] && [ -f go.work ]; then
                IFS='
            '
                set -- $(go list -m -f '{{.Dir}}/...')
                unset IFS
            fi
            go list -e -f '{{.Dir}}	{{.ImportPath}}	{{if or .TestGoFiles .XTestGoFiles .Error}}tests{{end}}' "$@" >"$programs/list"
            # go builds and vets what has no tests, too: together, and each by itself only where that fails.
            others=$(awk -F '\t' '$3 == "" { print $2 }' "$programs/list")
            if [ -n "$others" ] && go test -exec true $others </dev/null >/dev/null 2>&1; then others=; fi
            n=0 built=0
            while IFS='	' read -r dir path kind; do
                [ -n "$kind$others" ] || continue
                n=$((n + 1))
                program=$programs/$n/${path##*/}.test
                mkdir -p "$programs/$n"
                if go test -exec true -o "$program" "$path" </dev/null >"$programs/$n.log" 2>&1; then
                    [ -e "$program" ] || continue
                    built=$((built + 1))
                    printf '%s\t%s\t%s\n' "$program" "$dir" "$path"
                else
                    cat "$programs/$n.log" >&2
                    printf '%s\t%s\t%s\tunbuilt\n' "$programs/$n.log" "$dir" "$path"
                fi
            done <"$programs/list"
            [ "$n" = 0 ] || [ "$built" != 0 ]
            """#
        var command = TestCommand(["/bin/sh", "-ec", script])
        command.title = "go test -exec true ./..."
        return [command]
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
        var text = GoText(tests)
        for line in lines(evidence.stdout) { text.take(line) }
        return text.reports { lines(evidence.stderr + evidence.stdout).first { $0.hasPrefix("panic: ") } }
    }
}

/// What `-test.v` prints, read line by line.
private struct GoText {
    private let indices: [Substring: Int]
    private var found: [TestReport] = []
    /// What each has said with `t.Error` and its like, in whose name is told by the last of go's own lines.
    private var said: [Int: [String]] = [:]
    private var current: Int?

    private static let (mostLines, longestLine) = (8, 4000)

    init(_ tests: [TestID]) {
        indices = Dictionary(tests.enumerated().map { ($1.specifier[...], $0) }) { first, _ in first }
    }

    mutating func take(_ line: Substring) {
        // What was printed without a line end may stand before any of them.
        if let run = line.ranges(of: "=== RUN   ").last {
            begin(line[run.upperBound...], isNew: true)
        } else if line.hasPrefix("=== PAUSE "), let index = indices[line.dropFirst(10)] {
            // It waits for the others, and whatever ends the program meanwhile is not its doing.
            found.removeAll { $0.test == index && $0.status == .started }
        } else if line.hasPrefix("=== CONT  ") {
            begin(line.dropFirst(10), isNew: true)
        } else if line.hasPrefix("=== NAME  ") {
            begin(line.dropFirst(10), isNew: false)
        } else if let end = GoEnd(of: line), let index = indices[end.test] {
            if let message = Self.message(in: line[..<end.start]) { say(message, index) }
            found.append(TestReport(test: index, status: status(end.verdict, index), duration: end.duration))
            current = nil
        } else if let current, let message = Self.message(in: line) {
            say(message, current)
        }
    }

    private mutating func say(_ message: String, _ index: Int) {
        var lines = said[index] ?? []
        if lines.count == Self.mostLines { lines.removeFirst() }
        said[index] = lines + [String(message.prefix(Self.longestLine))]
    }

    /// All that was told; of two tests of one name, in a package and beside it, the one that failed is told.
    ///
    /// How the program died is asked for only where a failure says nothing itself.
    func reports(panic: () -> Substring?) -> [TestReport] {
        var failures: [Int: TestReport] = [:]
        let reports = found.map { report in
            var report = report
            guard case .failed = report.status, failures[report.test] == nil else { return report }
            let message = said[report.test]?.joined(separator: "\n") ?? panic().map(String.init) ?? "the test failed"
            report.status = .failed(message)
            failures[report.test] = report
            return report
        }
        return reports.map { $0.status == .started ? $0 : failures[$0.test] ?? $0 }
    }

    // A subtest is its test's.
    private mutating func begin(_ name: Substring, isNew: Bool) {
        current = indices[name.prefix { $0 != "/" }]
        if isNew, let index = indices[name] { found.append(TestReport(test: index, status: .started)) }
    }

    private func status(_ verdict: Substring, _ index: Int) -> TestReport.Status {
        switch verdict {
        case "PASS": .passed
        case "SKIP": .skipped(said[index]?.last ?? "")
        // What it said goes with it at the end.
        default: .failed("")
        }
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
        // A test's own words, which have their place before them.
        guard !line.hasPrefix("    ") || !line[..<dashes.lowerBound].contains(".go:") else { return nil }
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
