internal import IsorunReporting

/// The examples in the documentation of a library of Rust: rustdoc compiles and starts each in a process of its own.
///
/// rustdoc cuts what it is given at spaces, and all its names have some, so it cannot be asked for one: those of a
/// library always share a container, and of those that were not asked for nothing is told. By words of their names most
/// of these are left out: one that hangs would else do so again in each run of what comes behind it.
struct RustDoctests: Hashable {
    /// The directory of the package's manifest.
    var directory: String
    /// The package.
    var package: String
    /// Its version, by which it is told from another package of that name that it may depend on.
    var version: String

    private static let mark = "rustdoc"

    /// A line of the shell: whatever a configuration says of how cargo tells things, they are to be read here.
    static let plainly = "export CARGO_TERM_QUIET=false CARGO_TERM_COLOR=never\n"

    /// The libraries whose examples cargo would run: those that it names so (`Doc-tests NAME`), among those of the
    /// workspace (`cargo metadata`).
    static func libraries(in built: [String]) -> [RustDoctests] {
        let names = Set(
            built.compactMap { line in
                let words = line.split(separator: " ")
                return words.count == 2 && words[0] == "Doc-tests" ? words[1] : nil
            }
        )
        guard !names.isEmpty, let metadata = built.last(where: { $0.hasPrefix("{\"packages\":") }) else { return [] }
        let packages = (try? JSON(parsing: Array(metadata.utf8)))?["packages"]?.array ?? []
        return packages.compactMap { package in
            let hasExamples = (package["targets"]?.array ?? []).contains { target in
                let name = (target["name"]?.string ?? "").map { $0 == "-" ? "_" : $0 }
                return target["doctest"]?.bool == true && names.contains(String(name)[...])
                    && target["kind"]?.array?.contains {
                        $0.string?.hasSuffix("lib") == true || $0.string == "proc-macro"
                    } == true
            }
            guard hasExamples, let name = package["name"]?.string, let version = package["version"]?.string,
                let manifest = package["manifest_path"]?.string, let slash = manifest.lastIndex(of: "/")
            else { return nil }
            return RustDoctests(directory: String(manifest[..<slash]), package: name, version: version)
        }
    }

    private init(directory: String, package: String, version: String) {
        (self.directory, self.package, self.version) = (directory, package, version)
    }

    /// Understands what ``runner`` made; nil for what is a program's.
    init?(runner: String) {
        let parts = runner.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 4, parts[0] == Self.mark else { return nil }
        (directory, package, version) = (parts[1], parts[2], parts[3])
    }

    /// All of it as one word.
    var runner: String { "\(Self.mark)\t\(directory)\t\(package)\t\(version)" }

    private func start(_ script: String, _ arguments: [String] = []) -> [String] {
        let enter =
            CargoProgram.findToolchains + Self.plainly + #"cd "$1" || exit; package=$2; shift 2; "#
        return ["/bin/sh", "-c", enter + script, "isorun-cargo", directory, "\(package):\(version)"] + arguments
    }

    /// What lists them.
    var list: TestCommand {
        TestCommand(start(#"exec cargo test --doc --offline -p "$package" -- --list --format terse"#), runner: runner)
    }

    /// What runs them, and what cannot be told from them; each has its own result, so that one of them failed is no end
    /// of the whole.
    func run(_ tests: [TestID]) -> TestCommand {
        let line = #"cargo test --doc --offline -p "$package" -- --test-threads=1 --color=never "$@""#
        let script = line + "; end=$?; [ $end -ne 101 ] || end=0; exit $end"
        return TestCommand(start(script, RustDoctestNames.words(for: tests)), runner: runner)
    }

    /// `src/lib.rs - name (line 5): test`; since edition 2024 the time that it took stands behind them.
    func tests(in output: [UInt8]) throws(ListError) -> [TestID] {
        var names: [String] = []
        for line in lines(output) where !line.isEmpty && !line.hasPrefix("all doctests ran in ") {
            guard line.hasSuffix(": test") else {
                throw ListError("rustdoc printed what is no list of tests: \(line.prefix(100))")
            }
            names.append(String(line.dropLast(6)))
        }
        return zip(names, RustDoctestNames.specifiers(names)).map { name, specifier in
            var test = TestID(classname: "\(package)::doc", name: name, specifier: specifier, runner: runner)
            test.group = runner
            return test
        }
    }

    /// `test src/lib.rs - name (line 5) - compile fail ... ok`, then what went wrong under the names of those that failed.
    ///
    /// rustdoc keeps what an example prints until then, and it may look like any result: an example of which a failure
    /// is told has failed. The name stands there before its example is begun.
    static func read(_ output: [UInt8], of tests: [TestID]) -> [TestReport] {
        var indices: [Substring: Int] = [:]
        for (index, test) in tests.enumerated() { indices[RustDoctestNames.name(test)] = index }
        let lines = lines(output)
        var headings: [Substring: Int] = [:]
        for (place, line) in lines.enumerated() where line.hasPrefix("---- ") && line.hasSuffix(" stdout ----") {
            let name = line.dropFirst(5).dropLast(12)
            if headings[name] == nil { headings[name] = place }
        }
        var reports: [TestReport] = []
        var failures: [Int: TestReport] = [:]
        for (place, line) in lines.enumerated() {
            guard line.hasPrefix("test "), let dots = line.ranges(of: " ... ").last else { continue }
            let name = line[..<dots.lowerBound].dropFirst(5)
            // How it is meant to end stands behind it.
            let bare = name.ranges(of: " - ").last.map { name[..<$0.lowerBound] }
            guard let index = indices[name] ?? bare.flatMap({ indices[$0] }) else { continue }
            switch line[dots.upperBound...] {
            case "ok": reports.append(TestReport(test: index, status: .passed))
            case "FAILED":
                guard failures[index] == nil else { break }
                let heading = headings[name] ?? bare.flatMap { headings[$0] }
                let failure = TestReport(test: index, status: .failed(reason(in: lines, behind: heading)))
                failures[index] = failure
                reports.append(failure)
            case let rest where rest.hasPrefix("ignored"):
                reports.append(TestReport(test: index, status: .skipped(String(rest))))
            case "" where place == lines.count - 1: reports.append(TestReport(test: index, status: .started))
            default: break
            }
        }
        return reports.map { failures[$0.test] ?? $0 }
    }

    private static func reason(in lines: [Substring], behind heading: Int?) -> String {
        let said = lines.dropFirst(heading.map { $0 + 1 } ?? lines.count)
        let reason = said.drop { $0.isEmpty }.prefix { !$0.isEmpty && !$0.hasPrefix("---- ") }.prefix(8)
        return reason.isEmpty ? "the test failed" : reason.joined(separator: "\n")
    }
}
