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
    ///
    /// A program that fails then takes none of the others' tests with it: the list says so, and ends with 0.
    public func list(_ package: Package, built: BuiltFiles) -> [TestCommand] {
        built.lines.filter { $0.split(separator: "\t").count >= 3 }.map { line in
            let script = #"cd "$1" && shift && "$@" || printf '\n%s\n' '\#(GoName.noMore)'"#
            let command = Self.isUnbuilt(line) ? ["true"] : Self.start(line, Self.listing, script)
            return TestCommand(command, runner: line)
        }
    }

    private static let listing = ["-test.list", "."]

    private static func isUnbuilt(_ runner: String) -> Bool { runner.hasSuffix("\tunbuilt") }

    /// The program, its directory and its package; tests expect to run where their sources are.
    private static func start(
        _ runner: String,
        _ arguments: [String],
        _ script: String = #"cd "$1" && shift && exec "$@""#
    ) -> [String] {
        let parts = runner.split(separator: "\t").map(String.init)
        guard parts.count >= 3 else { return ["false"] }
        return ["/bin/sh", "-c", script, "isorun-go", parts[1], parts[0]] + arguments
    }

    /// A name a line; benchmarks are no tests, and nor is what `TestMain` prints between them.
    public func tests(in output: [UInt8], of command: TestCommand) throws(ListError) -> [TestID] {
        let path = command.runner.split(separator: "\t").dropFirst(2).first.map(String.init) ?? ""
        if Self.isUnbuilt(command.runner) { return [.unbuilt(classname: path, runner: command.runner)] }
        let lines = lines(output)
        if lines.contains(GoName.noMore[...]) { return [.unlisted(classname: path, runner: command.runner)] }
        var seen: Set<String> = []
        return lines.compactMap(GoName.init(endOf:)).filter { seen.insert($0.text).inserted }.map {
            TestID(classname: path, name: $0.text, specifier: $0.text, runner: command.runner)
        }
    }

    /// What `-test.v` prints, of subtests too.
    public var marks: ProgressMarks { ProgressMarks(output: ["=== RUN   ", "--- PASS: ", "--- FAIL: ", "--- SKIP: "]) }

    /// By a pattern of whole names, and as `go test` does it: a test that calls `os.Exit(0)` is no pass.
    ///
    /// What could not be listed shows once more why.
    public func run(_ tests: [TestID], _ package: Package) -> TestCommand {
        let runner = tests.first?.runner ?? ""
        if Self.isUnbuilt(runner) {
            let log = runner.prefix { $0 != "\t" }
            return TestCommand(["/bin/sh", "-c", #"cat "$1" >&2; exit 1"#, "isorun-go", String(log)], runner: runner)
        }
        if tests.first?.isUnbuilt == true { return TestCommand(Self.start(runner, Self.listing), runner: runner) }
        let pattern = "^(\(tests.map(\.specifier).joined(separator: "|")))$"
        let options = ["-test.v", "-test.paniconexit0", "-test.timeout", "0", "-test.run", pattern]
        return TestCommand(Self.start(runner, options), runner: runner)
    }

    /// `=== RUN   TestX`, `--- PASS: TestX (0.00s)`; subtests are indented and belong to their test.
    public func read(_ evidence: TestEvidence, of tests: [TestID]) -> [TestReport] {
        if let test = tests.first, test.isUnbuilt {
            let reason = Self.isUnbuilt(test.runner) ? Self.whyUnbuilt(evidence) : Self.whyUnlisted(evidence)
            return [TestReport(test: 0, status: .failed(reason))]
        }
        var text = GoText(tests)
        for line in lines(evidence.stdout) { text.take(line) }
        return text.reports(exitCode: evidence.exitCode) {
            lines(evidence.stderr + evidence.stdout).first { $0.hasPrefix("panic: ") }
        }
    }

    private static func whyUnbuilt(_ evidence: TestEvidence) -> String {
        let said = lines(evidence.stderr).first { !$0.isEmpty && !$0.hasPrefix("#") } ?? "go test says no more"
        return "the package's tests cannot be built: \(said)"
    }

    // Who has them listed at the second time has still not run them.
    private static func whyUnlisted(_ evidence: TestEvidence) -> String {
        if evidence.exitCode == 0 { return "the package's tests could not be listed, and now they can" }
        let (errors, output) = (lines(evidence.stderr), lines(evidence.stdout))
        let said =
            errors.first { $0.hasPrefix("panic: ") || $0.hasPrefix("fatal error: ") }
            ?? errors.last { !$0.isEmpty } ?? output.last { !$0.isEmpty } ?? "their program says nothing of it"
        return "the package's tests cannot be listed: \(said)"
    }
}
