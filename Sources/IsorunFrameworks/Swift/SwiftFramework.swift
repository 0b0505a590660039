internal import IsorunReporting

/// Swift packages: XCTest and Swift Testing, which share one bundle.
///
/// The bundle is started directly, for `swift test --filter` costs a second a test. XCTest takes specifiers and tells
/// in its text; Swift Testing takes regular expressions over its own names and writes an event stream, which names the
/// running test even where the process dies.
public struct SwiftFramework: Framework {
    /// Of `--framework`.
    public let name = "swift"
    static let xctest = "xctest"
    static let swiftTesting = "swift-testing"

    /// Makes the framework.
    public init() {}

    /// A package with a manifest.
    public func detect(_ package: Package) -> Bool { package.files.contains("Package.swift") }

    /// The toolchain.
    public var tool: (program: String, hint: String)? { ("swift", "install Swift: swift.org/install") }

    /// Builds, and names the bundle: of those that lie there the one of this build, for a package that was called
    /// otherwise has left one.
    public func build(_ package: Package) -> [TestCommand] {
        let script = #"""
            path=$(swift build --disable-sandbox --show-bin-path)
            for bundle in "$path"/*.xctest; do
                [ -e "$bundle" ] || continue
                [ ! -e "$path/description.json" ] || grep -qF "/${bundle##*/}\"" "$path/description.json" || continue
                printf '%s\n' "$bundle"
            done
            """#
        return [
            TestCommand(["swift", "build", "--build-tests", "--disable-sandbox"]),
            TestCommand(["/bin/sh", "-ec", script]),
        ]
    }

    /// What SwiftPM keeps.
    public func buildDirectories(_ package: Package) -> [String] { [".build"] }

    /// Lists each library's tests of each bundle.
    public func list(_ package: Package, built: BuiltFiles) -> [TestCommand] {
        built.lines.filter { $0.hasSuffix(".xctest") }.flatMap { bundle in
            [Self.xctest, Self.swiftTesting].map { library in
                let runner = "\(library) \(bundle)"
                var command = TestCommand([bundle, "--testing-library", library, "--list-tests"], runner: runner)
                // EX_UNAVAILABLE of sysexits.h is Swift Testing's word for no tests.
                command.emptyExitCode = 69
                return command
            }
        }
    }

    /// XCTest's list stands behind a heading, which says how long it is; the other one is names alone.
    public func tests(in output: [UInt8], of command: TestCommand) throws(ListError) -> [TestID] {
        let isXCTest = command.runner.hasPrefix(Self.xctest)
        var tests: [TestID] = []
        let listed = isXCTest ? try XCTestList.names(in: lines(output)) : lines(output)
        for line in listed where !line.isEmpty {
            guard let test = isXCTest ? Self.xctest(line) : Self.swiftTest(line) else {
                throw ListError("the list of tests has a line that is no test: \(line.prefix(100))")
            }
            var id = TestID(
                classname: test.classname,
                name: test.name,
                specifier: String(line),
                runner: command.runner
            )
            id.isNested = true
            tests.append(id)
        }
        return isXCTest ? Self.apart(tests) : Self.withoutPlaces(tests)
    }

    // Swift Testing lists the place of whatever has the name of another function anywhere; it is needed where both are of
    // one suite or module, and a name that goes with the lines of a file is none to remember a test by.
    private static func withoutPlaces(_ tests: [TestID]) -> [TestID] {
        func bare(_ test: TestID) -> [String] {
            [test.classname, String(SwiftTestingEvents.withoutPlace(test.name[...]))]
        }
        let counts = Dictionary(grouping: tests, by: bare).mapValues(\.count)
        return tests.map { test in
            var test = test
            if counts[bare(test)] == 1 { test.name = bare(test)[1] }
            return test
        }
    }

    // XCTest's text has no module: a module with a name that another one has too gets a runner of its own, so that
    // they never share a container.
    private static func apart(_ tests: [TestID]) -> [TestID] {
        var modules: [String: Set<Substring>] = [:]
        for test in tests { modules[XCTestText.key(test), default: []].insert(module(test)) }
        let shared = modules.values.filter { $0.count > 1 }.reduce(into: Set<Substring>()) { $0.formUnion($1) }
        return tests.map { test in
            var test = test
            if shared.contains(module(test)) { test.runner += "\t\(module(test))" }
            return test
        }
    }

    private static func module(_ test: TestID) -> Substring { test.classname.prefix { $0 != "." } }

    /// `Module.Class/test`.
    private static func xctest(_ line: Substring) -> (classname: String, name: String)? {
        let parts = line.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].contains("."), !parts[1].isEmpty, !line.contains(" ") else { return nil }
        return (String(parts[0]), String(parts[1]))
    }

    /// `Module.Suite/Inner/test(a:)`, `Module.test()`, and raw identifiers in back quotes, which may hold anything.
    ///
    /// Functions that share all of that have their place behind it: `Module.test(a:)/File.swift:1:2`.
    private static func swiftTest(_ line: Substring) -> (classname: String, name: String)? {
        let function = SwiftTestingEvents.withoutPlace(line)
        var quoted = false
        var cut: Substring.Index?
        var dot: Substring.Index?
        for index in function.indices {
            switch function[index] {
            case "`": quoted.toggle()
            case "/" where !quoted: cut = index
            case "." where !quoted: dot = dot ?? index
            default: break
            }
        }
        guard let dot, function.last == ")" || function.last == "`" else { return nil }
        // A test of no suite belongs to its module.
        let split = cut ?? dot
        return (String(line[..<split]), String(line[line.index(after: split)...]))
    }

    /// XCTest's notices, and the event stream's.
    public var marks: ProgressMarks {
        ProgressMarks(output: ["Test Case '"], report: [#""kind":"testStarted""#, #""kind":"testEnded""#])
    }

    /// All at once: specifiers of XCTest in one argument, a filter for each of Swift Testing's.
    public func run(_ tests: [TestID], _ package: Package) -> TestCommand {
        let runner = tests.first?.runner ?? ""
        let library = String(runner.prefix { $0 != " " })
        let bundle = String(runner.dropFirst(library.count + 1).prefix { $0 != "\t" })
        if library == Self.xctest {
            let specifiers = tests.map(\.specifier).joined(separator: ",")
            return TestCommand([bundle, "--testing-library", library, specifiers], runner: runner)
        }
        let report = "/run/isorun-events.jsonl"
        let filters = tests.flatMap { ["--filter", "^\(Self.quoted($0.specifier))(/|$)"] }
        // Of tests that run side by side nobody could tell which one ended the process.
        let inTurn = tests.count > 1 ? ["--no-parallel"] : []
        return TestCommand(
            [bundle, "--testing-library", library] + inTurn + filters
                + ["--event-stream-output-path", report, "--event-stream-version", "0"],
            runner: runner,
            report: report
        )
    }

    private static func quoted(_ text: String) -> String {
        text.reduce(into: "") { pattern, character in
            if "\\^$.|?*+()[]{}/".contains(character) && character != "/" { pattern += "\\" }
            pattern.append(character)
        }
    }

    /// EXIT_FAILURE, of both libraries.
    public var failureExitCode: Int32? { 1 }

    /// XCTest's text or the event stream.
    public func read(_ evidence: TestEvidence, of tests: [TestID]) -> [TestReport] {
        if tests.first?.runner.hasPrefix(Self.xctest) == true {
            let text = XCTestText.read(evidence.stdout, tests: tests)
            return text.hasEnded ? text.reports : text.reports.endedEarly(evidence)
        }
        let events = SwiftTestingEvents.read(evidence.report ?? [], tests: tests)
        return events.hasEnded ? events.reports : events.reports.endedEarly(evidence)
    }
}
