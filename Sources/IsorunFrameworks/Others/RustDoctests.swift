internal import IsorunReporting

/// The examples in the documentation of a library of Rust: rustdoc compiles and starts each in a process of its own.
///
/// rustdoc cuts what it is given at spaces, and all its names have some, so it cannot be asked for one: those of a
/// library always share a container, and of those that were not asked for nothing is told.
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

    private func start(_ script: String) -> [String] {
        let enter = CargoProgram.findToolchains + Self.plainly + #"cd "$1" || exit; "#
        return ["/bin/sh", "-c", enter + script, "isorun-cargo", directory, "\(package):\(version)"]
    }

    /// What lists them.
    var list: TestCommand {
        TestCommand(start(#"exec cargo test --doc --offline -p "$2" -- --list --format terse"#), runner: runner)
    }

    /// What runs all of them; each has its own result, so that one of them failed is no end of the whole.
    var run: TestCommand {
        let line = #"cargo test --doc --offline -p "$2" -- --test-threads=1 --color=never"#
        return TestCommand(start(line + "; end=$?; [ $end -ne 101 ] || end=0; exit $end"), runner: runner)
    }

    /// `src/lib.rs - name (line 5): test`.
    func tests(in output: [UInt8]) throws(ListError) -> [TestID] {
        var tests: [TestID] = []
        for line in lines(output) where !line.isEmpty {
            guard line.hasSuffix(": test") else {
                throw ListError("rustdoc printed what is no list of tests: \(line.prefix(100))")
            }
            let name = String(line.dropLast(6))
            var test = TestID(classname: "\(package)::doc", name: name, specifier: name, runner: runner)
            test.group = runner
            tests.append(test)
        }
        return tests
    }

    /// `test src/lib.rs - name (line 5) - compile fail ... ok`, then what went wrong under the names of those that failed.
    static func read(_ output: [UInt8], of tests: [TestID]) -> [TestReport] {
        var indices: [Substring: Int] = [:]
        for (index, test) in tests.enumerated() { indices[test.specifier[...]] = index }
        let lines = lines(output)
        return lines.compactMap { line in
            guard line.hasPrefix("test "), let dots = line.ranges(of: " ... ").last else { return nil }
            let name = line[..<dots.lowerBound].dropFirst(5)
            // How it is meant to end stands behind it.
            let bare = name.ranges(of: " - ").last.map { name[..<$0.lowerBound] }
            guard let index = indices[name] ?? bare.flatMap({ indices[$0] }) else { return nil }
            switch line[dots.upperBound...] {
            case "ok": return TestReport(test: index, status: .passed)
            case "FAILED": return TestReport(test: index, status: .failed(reason(of: tests[index], in: lines)))
            case let rest where rest.hasPrefix("ignored"):
                return TestReport(test: index, status: .skipped(String(rest)))
            default: return nil
            }
        }
    }

    private static func reason(of test: TestID, in lines: [Substring]) -> String {
        let said = lines.drop { $0 != "---- \(test.specifier) stdout ----" }.dropFirst()
        let reason = said.drop { $0.isEmpty }.prefix { !$0.isEmpty && !$0.hasPrefix("---- ") }.prefix(8)
        return reason.isEmpty ? "the test failed" : reason.joined(separator: "\n")
    }
}
