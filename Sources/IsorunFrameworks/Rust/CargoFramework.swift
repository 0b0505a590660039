/// Rust: the test programs that cargo builds are started directly.
public struct CargoFramework: Framework {
    /// Of `--framework`.
    public let name = "cargo"

    /// Makes the framework.
    public init() {}

    /// A crate or a workspace.
    public func detect(_ package: Package) -> Bool { package.files.contains("Cargo.toml") }

    /// The toolchain.
    public var tool: (program: String, hint: String)? { ("cargo", "install Rust: rustup.rs, or apt-get install cargo") }

    /// Builds everything; the second command, which has nothing left to build, names the programs in cargo's JSON.
    ///
    /// It has cargo start, in place of each, what only keeps the environment that cargo made for it. Examples in the
    /// documentation need the library as others see it, which is built where they are listed.
    public func build(_ package: Package) -> [TestCommand] {
        let script = #"""
            \#(CargoProgram.findToolchains)
            runner=$(mktemp)
            cat >"$runner" <<'END'
            \#(CargoProgram.keepEnvironment)
            END
            host=$(rustc -vV | sed -n 's/^host: //p' | tr a-z- A-Z_)
            [ -z "$host" ] || export "CARGO_TARGET_${host}_RUNNER=/bin/sh $runner"
            cargo test --tests --offline --message-format json \
                --config "target.'cfg(all())'.runner=['/bin/sh', '$runner']" >"$runner.json"
            grep '"executable":"' "$runner.json" || :
            cargo metadata --no-deps --offline --format-version 1 >"$runner.packages"
            if grep -q '"doctest":true' "$runner.packages"; then
                \#(RustDoctests.plainly)
                cargo test --doc --offline --no-fail-fast -- --list --format terse 2>"$runner.doc" >&2 || :
                cat "$runner.doc" >&2
                grep '^ *Doc-tests ' "$runner.doc" || :
                cat "$runner.packages"
            fi
            """#
        // Examples too, which a test may start.
        let line = "cargo test --no-run"
        var build = TestCommand(["/bin/sh", "-c", CargoProgram.findToolchains + "exec \(line)"])
        build.title = line
        return [build, TestCommand(["/bin/sh", "-ec", script])]
    }

    /// What cargo keeps.
    public func buildDirectories(_ package: Package) -> [String] { ["target"] }

    /// Each program lists its own.
    public func list(_ package: Package, built: BuiltFiles) -> [TestCommand] {
        built.lines.compactMap(CargoProgram.init(message:)).map {
            TestCommand($0.list, runner: $0.runner)
        } + RustDoctests.libraries(in: built.lines).map(\.list)
    }

    /// A program of `tests` is called as a module of the library may be: then it has its kind in its name, as the others
    /// have.
    public func distinguish(_ tests: [TestID]) -> [TestID] {
        tests.distinguishing { test, _ in
            let name = CargoProgram(runner: test.runner).name
            guard let cut = name.firstRange(of: "::"), !name[cut.upperBound...].contains("/") else { return nil }
            return "\(name[..<cut.upperBound])test/\(name[cut.upperBound...])\(test.classname.dropFirst(name.count))"
        }
    }

    /// `path::name: test`; benchmarks are no tests.
    public func tests(in output: [UInt8], of command: TestCommand) throws(ListError) -> [TestID] {
        if let documentation = RustDoctests(runner: command.runner) { return try documentation.tests(in: output) }
        let program = CargoProgram(runner: command.runner)
        guard let paths = try program.names(in: lines(output)) else {
            return [TestID(classname: program.name, name: "main", specifier: "", runner: command.runner)]
        }
        return paths.map { path in
            let cut = path.ranges(of: "::").last
            let module = cut.map { "\(program.name)::\(path[..<$0.lowerBound])" } ?? program.name
            let name = cut.map { String(path[$0.upperBound...]) } ?? path
            var test = TestID(classname: module, name: name, specifier: path, runner: command.runner)
            test.isNested = true
            return test
        }
    }

    /// What stands between a test's name and its result, once the line has its end.
    public var marks: ProgressMarks { ProgressMarks(output: [" ... "]) }

    /// By whole names, one at a time: its text then names the running test.
    ///
    /// What one test prints is all kept, as it comes; what many print libtest keeps until their end, so that it does
    /// not stand among the results.
    public func run(_ tests: [TestID], _ package: Package) -> TestCommand {
        let runner = tests.first?.runner ?? ""
        if let documentation = RustDoctests(runner: runner) { return documentation.run(tests) }
        // As cargo starts what brings a `main` of its own: without arguments.
        if tests.first?.specifier == "" { return TestCommand(CargoProgram(runner: runner).start([]), runner: runner) }
        let names = tests.map(\.specifier)
        let options = ["--exact", "--test-threads=1", "--color=never"] + (tests.count == 1 ? ["--nocapture"] : [])
        return TestCommand(CargoProgram(runner: runner).start(options + names), runner: runner)
    }

    /// libtest's lines and its last words.
    public func read(_ evidence: TestEvidence, of tests: [TestID]) -> [TestReport] {
        if RustDoctests(runner: tests.first?.runner ?? "") != nil {
            return RustDoctests.read(evidence.stdout, of: tests)
        }
        if tests.first?.specifier == "" {
            let status = evidence.exitCode.map { $0 == 0 ? TestReport.Status.passed : .failed("exit \($0)") }
            return [TestReport(test: 0, status: status ?? .started)]
        }
        return LibtestText(evidence.stdout, errors: evidence.stderr, tests: tests).reports()
    }
}
