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
        if let line = package.templates.build { return [TestCommand(["/bin/sh", "-ec", line])] }
        return [
            TestCommand(["cmake", "-S", ".", "-B", Self.directory]),
            TestCommand(["cmake", "--build", Self.directory, "--parallel"]),
        ]
    }

    /// What cmake keeps.
    public func buildDirectories(_ package: Package) -> [String] { [Self.directory] }

    /// As JSON.
    public func list(_ package: Package, built: BuiltFiles) -> [TestCommand] {
        [TestCommand(["ctest", "--test-dir", Self.directory, "--show-only=json-v1"], runner: name)]
    }

    /// The names in the JSON.
    public func tests(in output: [UInt8], of command: TestCommand) throws(ListError) -> [TestID] {
        guard let list = (try? JSON(parsing: output))?["tests"]?.array else {
            throw ListError("ctest printed no list of tests in JSON; it has to be of CMake 3.20 or later")
        }
        return list.compactMap { $0["name"]?.string }.map {
            TestID(classname: "", name: $0, specifier: $0, runner: command.runner)
        }
    }

    /// By a pattern of whole names.
    public func run(_ tests: [TestID], _ package: Package) -> TestCommand {
        let pattern = tests.map { Self.quoted($0.specifier) }.joined(separator: "|")
        return TestCommand(
            ["ctest", "--test-dir", Self.directory, "--output-on-failure", "-R", "^(\(pattern))$"],
            runner: name
        )
    }

    private static func quoted(_ text: String) -> String {
        text.reduce(into: "") { pattern, character in
            if "\\^$.|?*+()[]".contains(character) { pattern += "\\" }
            pattern.append(character)
        }
    }

    /// `1/2 Test #3: name ......   Passed    0.01 sec`.
    public func read(_ evidence: TestEvidence, of tests: [TestID]) -> [TestReport] {
        var reports: [TestReport] = []
        for line in lines(evidence.stdout) {
            if let start = line.firstRange(of: "Start "), let colon = line.firstRange(of: ": "),
                line[..<start.lowerBound].allSatisfy({ $0 == " " }),
                let index = tests.firstIndex(where: { $0.specifier == line[colon.upperBound...] })
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
            let rest = line[colon.upperBound...]
            guard let index = tests.firstIndex(where: { rest.hasPrefix($0.specifier + " .") }) else { continue }
            let seconds = rest.split(separator: " ").dropLast().last.flatMap { Double($0) } ?? 0
            let time = Duration.nanoseconds(Int64(min(max(seconds, 0), 1e9) * 1e9))
            let verdict = rest.firstRange(of: "***").map { mark in
                rest[mark.upperBound...].split(separator: " ").dropLast(2).joined(separator: " ")
            }
            switch verdict {
            case nil where rest.contains(" Passed "):
                reports.append(TestReport(test: index, status: .passed, duration: time))
            case "Skipped":
                reports.append(TestReport(test: index, status: .skipped("ctest skipped it"), duration: time))
            case nil: break
            case .some(let verdict):
                reports.append(TestReport(test: index, status: .failed("ctest says \(verdict)"), duration: time))
            }
        }
        return reports
    }
}
