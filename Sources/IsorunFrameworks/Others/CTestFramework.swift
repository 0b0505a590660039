internal import IsorunReporting

/// CTest: cmake builds, and ctest runs each test, for a test's properties are ctest's to heed.
public struct CTestFramework: Framework {
    /// Of `--framework`.
    public let name = "ctest"
    private static let directory = "build-isorun"

    /// Makes the framework.
    public init() {}

    /// A CMake project.
    public func detect(_ package: Package) -> Bool { package.files.contains("CMakeLists.txt") }

    /// cmake with ctest.
    public var tool: (program: String, hint: String)? { ("ctest", "apt-get install cmake") }

    /// Configures and builds.
    public func build(_ package: Package) -> [TestCommand] {
        if let line = package.templates.build {
            return [TestCommand(["/bin/sh", "-ec", line]), TestCommand(["/bin/sh", "-ec", Self.find])]
        }
        return [
            TestCommand(["cmake", "-S", ".", "-B", Self.directory]),
            TestCommand(["cmake", "--build", Self.directory, "--parallel"]),
        ]
    }

    // A line that was given may build anywhere; a subdirectory of a build has a file of tests too, but no cache.
    private static let find = #"""
        set --
        for cache in CMakeCache.txt */CMakeCache.txt */*/CMakeCache.txt; do
            directory=$(dirname "$cache")
            [ ! -f "$cache" ] || [ ! -f "$directory/CTestTestfile.cmake" ] || set -- "$@" "$directory"
        done
        if [ -f \#(directory)/CTestTestfile.cmake ]; then set -- \#(directory); fi
        if [ $# -eq 1 ]; then printf '%s\n' "$1"; exit; fi
        echo "tests of CTest (CTestTestfile.cmake) are in $# directories of the package${1:+: $*}." >&2
        echo 'Where --build leaves several, it has to build in \#(directory), and CMakeLists.txt has to enable_testing().' >&2
        exit 1
        """#

    /// What cmake keeps.
    public func buildDirectories(_ package: Package) -> [String] { [Self.directory] }

    /// As JSON.
    public func list(_ package: Package, built: BuiltFiles) -> [TestCommand] {
        let directory = package.templates.build.flatMap { _ in built.lines.last } ?? Self.directory
        return [TestCommand(["ctest", "--test-dir", directory, "--show-only=json-v1"], runner: directory)]
    }

    /// The names in the JSON.
    public func tests(in output: [UInt8], of command: TestCommand) throws(ListError) -> [TestID] {
        guard let list = (try? JSON(parsing: output))?["tests"]?.array else {
            throw ListError("ctest printed no list of tests in JSON; it has to be of CMake 3.20 or later")
        }
        let order = CTestOrder(list)
        return list.compactMap { $0["name"]?.string }.map { name in
            let names = [name] + order.before(name)
            let specifier = names.joined(separator: String(Self.separator))
            return TestID(classname: "", name: name, specifier: specifier, runner: command.runner)
        }
    }

    // Behind its name a specifier has the names of those that have to run before it; a name may have line ends.
    private static let separator: Character = "\0"
    private static func name(_ test: TestID) -> Substring { test.specifier.prefix { $0 != separator } }

    // ctest prints a name as it is; to be read each stands on one line.
    private static func shown(_ test: TestID) -> String {
        String(name(test).map { $0 == "\n" || $0 == "\r\n" ? "\u{1A}" : $0 })
    }

    private static func lines(_ output: [UInt8], naming names: [(test: TestID, shown: String)]) -> [Substring] {
        let broken = names.filter { $0.shown != name($0.test) }
        guard !broken.isEmpty else { return IsorunFrameworks.lines(output) }
        let text = broken.reduce(String(decoding: output, as: UTF8.self)) { text, name in
            text.replacing(Self.name(name.test), with: name.shown)
        }
        return IsorunFrameworks.lines(Array(text.utf8))
    }

    /// cmake's regular expressions take 64 KiB when they are compiled, in which each name needs some bytes more.
    public var longestArgument: Int { 8 << 10 }

    /// By a pattern of whole names.
    public func run(_ tests: [TestID], _ package: Package) -> TestCommand {
        var names: [Substring] = []
        var seen: Set<Substring> = []
        for name in tests.flatMap({ $0.specifier.split(separator: Self.separator) }) where seen.insert(name).inserted {
            names.append(name)
        }
        let pattern = names.map { Self.quoted($0) }.joined(separator: "|")
        let directory = tests.first?.runner ?? Self.directory
        let line = ["ctest", "--test-dir", directory, "--output-on-failure", "-R", "^(\(pattern))$"]
        guard names.count > tests.count else { return TestCommand(line, runner: directory) }
        // 8 is that a test failed, which may be one that only had to run before (and cmCTest.cxx has no other use of it).
        let script = #""$@"; code=$?; [ $code = 8 ] || exit $code"#
        return TestCommand(["/bin/sh", "-c", script, "isorun-ctest"] + line, runner: directory)
    }

    // Dots fill the line up to the result, and a name may have some.
    private static func longest(_ names: [String], toldBy line: Substring) -> Int? {
        let found = names.indices.filter { line.hasPrefix(names[$0] + " .") }
        return found.max { names[$0].count < names[$1].count }
    }

    private static func quoted(_ text: Substring) -> String {
        text.reduce(into: "") { pattern, character in
            if "\\^$.|?*+()[]".contains(character) { pattern += "\\" }
            pattern.append(character)
        }
    }

    /// `1/2 Test #3: name ......   Passed    0.01 sec`.
    ///
    /// What a test printed stands behind its result where it failed, and may look like any other: a test of which a
    /// failure is told has failed.
    public func read(_ evidence: TestEvidence, of tests: [TestID]) -> [TestReport] {
        var reports: [TestReport] = []
        let names = tests.map(Self.shown)
        for line in Self.lines(evidence.stdout, naming: Array(zip(tests, names))) {
            if let start = line.firstRange(of: "Start "), let colon = line.firstRange(of: ": "),
                line[..<start.lowerBound].allSatisfy({ $0 == " " }),
                let index = names.firstIndex(where: { $0 == line[colon.upperBound...] })
            {
                reports.append(TestReport(test: index, status: .started))
            }
            // Numbers are padded to the width of the largest: `Test  #3: `.
            guard let mark = line.firstRange(of: " Test "),
                line[mark.upperBound...].drop(while: { $0 == " " }).first == "#",
                let colon = line[mark.upperBound...].firstRange(of: ": ")
            else {
                continue
            }
            let told = line[colon.upperBound...]
            guard let index = Self.longest(names, toldBy: told) else { continue }
            let rest = told.dropFirst(names[index].count)
            let time = Duration(told: rest.split(separator: " ").dropLast().last.flatMap { Double($0) }) ?? .zero
            let verdict = rest.firstRange(of: "***").map { mark in
                rest[mark.upperBound...].split(separator: " ").dropLast(2).joined(separator: " ")
            }
            switch verdict {
            case nil where rest.contains(" Passed "):
                reports.append(TestReport(test: index, status: .passed, duration: time))
            case "Skipped":
                reports.append(TestReport(test: index, status: .skipped("ctest skipped it"), duration: time))
            // What CMake says is not to be run, which ctest takes for no failure.
            case "Not Run (Disabled)":
                reports.append(TestReport(test: index, status: .skipped("disabled"), duration: time))
            case nil: break
            case .some(let verdict):
                reports.append(TestReport(test: index, status: .failed("ctest says \(verdict)"), duration: time))
            }
        }
        var failures: [Int: TestReport] = [:]
        for report in reports {
            if case .failed = report.status, failures[report.test] == nil { failures[report.test] = report }
        }
        return reports.map { $0.status == .started ? $0 : failures[$0.test] ?? $0 }
    }
}

/// Which tests have to run before which: ctest heeds that among those that it runs, and adds none but a fixture's to one
/// that requires it.
private struct CTestOrder {
    private var needs: [String: [String]] = [:]

    init(_ tests: [JSON]) {
        var setups: [String: [String]] = [:]
        func values(_ test: JSON, _ property: String) -> [String] {
            let found = test["properties"]?.array?.first { $0["name"]?.string == property }?["value"]
            return found?.array?.compactMap(\.string) ?? []
        }
        for test in tests {
            guard let name = test["name"]?.string else { continue }
            for fixture in values(test, "FIXTURES_SETUP") { setups[fixture, default: []].append(name) }
        }
        for test in tests {
            guard let name = test["name"]?.string else { continue }
            needs[name] = values(test, "DEPENDS") + values(test, "FIXTURES_CLEANUP").flatMap { setups[$0] ?? [] }
        }
    }

    /// All that have to run before a test, in any order.
    func before(_ test: String) -> [String] {
        var found: [String] = []
        var open = needs[test] ?? []
        while let name = open.popLast() {
            guard name != test, needs[name] != nil, !found.contains(name) else { continue }
            found.append(name)
            open += needs[name] ?? []
        }
        return found
    }
}
