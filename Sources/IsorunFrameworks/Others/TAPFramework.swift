/// Programs that speak the Test Anything Protocol: each program is a test, for nothing smaller can be run by itself.
public struct TAPFramework: Framework {
    /// Of `--framework`.
    public let name = "tap"

    /// Makes the framework.
    public init() {}

    /// `t/`, as in Perl's packages.
    public func detect(_ package: Package) -> Bool { package.files.contains("t") }

    /// What was given.
    public func build(_ package: Package) -> [TestCommand] {
        package.templates.build.map { [TestCommand(["/bin/sh", "-ec", $0])] } ?? []
    }

    /// The programs that were named, or those in `t`.
    public func list(_ package: Package, built: BuiltFiles) -> [TestCommand] {
        let script = #"[ $# -gt 0 ] || set -- t/*.t; for f; do [ ! -f "$f" ] || printf '%s\n' "$f"; done"#
        return [TestCommand(["/bin/sh", "-ec", script, "isorun-tap"] + package.programs, runner: name)]
    }

    /// One program on each line.
    public func tests(in output: [UInt8], of command: TestCommand) throws(ListError) -> [TestID] {
        try NameList.tests(in: output, runner: command.runner) {
            TestID(classname: "", name: $0, file: $0, specifier: $0, runner: command.runner)
        }
    }

    /// Started as it is, or by perl where it cannot be executed; each stands between lines of its own.
    public func run(_ tests: [TestID], _ package: Package) -> TestCommand {
        let script = #"""
            for f; do
                printf '# isorun: begin %s\n' "$f"
                case $f in /*) p=$f ;; *) p=./$f ;; esac
                if [ -x "$p" ]; then "$p"; else perl "$p"; fi
                printf '\n# isorun: end %s\n' "$?"
            done
            """#
        return TestCommand(["/bin/sh", "-c", script, "isorun-tap"] + tests.map(\.specifier), runner: name)
    }

    /// The lines around each program.
    public var marks: ProgressMarks { ProgressMarks(output: ["# isorun: begin ", "# isorun: end "]) }

    /// A program passes where its plan was kept, no point failed that is not a TODO, and it exited with 0.
    public func read(_ evidence: TestEvidence, of tests: [TestID]) -> [TestReport] {
        var reports: [TestReport] = []
        var current: (index: Int, state: TAPState)?
        for line in lines(evidence.stdout) {
            if line.hasPrefix("# isorun: begin ") {
                guard let index = tests.firstIndex(where: { $0.specifier == line.dropFirst(16) }) else { continue }
                current = (index, TAPState())
                reports.append(TestReport(test: index, status: .started))
            } else if line.hasPrefix("# isorun: end "), let ended = current {
                let code = Int(line.dropFirst(14)) ?? 1
                reports.append(TestReport(test: ended.index, status: ended.state.status(exitCode: code)))
                current = nil
            } else {
                current?.state.take(line)
            }
        }
        return reports
    }
}

/// What a TAP program has said so far.
struct TAPState {
    private var planned: Int?
    private var skippedAll: String?
    private var points = 0
    private var failed: String?
    private var bailedOut: String?

    init() {}

    mutating func take(_ line: Substring) {
        if line.hasPrefix("Bail out!") {
            bailedOut = String(line)
        } else if line.hasPrefix("1.."), let count = Int(line.dropFirst(3).prefix { $0.isNumber }) {
            planned = count
            if count == 0 { skippedAll = String(line) }
        } else if line.hasPrefix("not ok") {
            points += 1
            let isTodo = line.uppercased().contains("# TODO")
            if !isTodo { failed = failed ?? String(line) }
        } else if line.hasPrefix("ok") {
            points += 1
        }
    }

    func status(exitCode: Int) -> TestReport.Status {
        if let bailedOut { return .failed(bailedOut) }
        if let failed { return .failed(failed) }
        guard let planned else { return .failed("it printed no plan (1..N)") }
        guard planned == points else { return .failed("it planned \(planned) points and made \(points)") }
        if exitCode != 0 { return .failed("exit \(exitCode)") }
        return skippedAll.map { .skipped($0) } ?? .passed
    }
}
