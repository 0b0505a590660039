/// A test framework: how its packages are known, built, listed and run, and how its results are read.
///
/// Everything a framework starts runs in containers; an adapter only says what to start and reads what came of it, so
/// it can be tried with stored output. What comes of a test is hostile input.
public protocol Framework: Sendable {
    /// The name that `--framework` takes.
    var name: String { get }
    /// Whether a package is one of its own, told from the files.
    func detect(_ package: Package) -> Bool
    /// A program that must be there, and the Debian package or command that brings it.
    var tool: (program: String, hint: String)? { get }
    /// The names of files that count where they lie in a directory above the package, too.
    var filesAbove: [String] { get }
    /// What helps a build that has no network, beside one.
    var offlineHint: String? { get }
    /// What builds the tests, one after another in one container; none where nothing is built.
    func build(_ package: Package) -> [TestCommand]
    /// Directories, from the package, that builds fill and the next build can start from.
    func buildDirectories(_ package: Package) -> [String]
    /// What lists the tests, once built.
    func list(_ package: Package, built: BuiltFiles) -> [TestCommand]
    /// The tests in the output of a list command.
    ///
    /// - Throws: `ListError` where that is no list.
    func tests(in output: [UInt8], of command: TestCommand) throws(ListError) -> [TestID]
    /// The tests of all list commands with names that tell them apart, as far as the framework allows the same ones.
    func distinguish(_ tests: [TestID]) -> [TestID]
    /// What runs these tests of one runner in one container.
    func run(_ tests: [TestID], _ package: Package) -> TestCommand
    /// What the framework said of each test that it began; a test may come more than once, the last counts.
    func read(_ evidence: TestEvidence, of tests: [TestID]) -> [TestReport]
    /// The exit code that says that a test failed and nothing else; nil where it may be any.
    var failureExitCode: Int32? { get }
    /// Whether exit code 0 says that a test passed, where nothing was read of it.
    var trustsExitCode: Bool { get }
    /// The longest argument that what runs tests may have, in bytes; tests that need more go into several containers.
    var longestArgument: Int { get }
    /// By what is seen, while tests run, that one of them begins or has ended.
    var marks: ProgressMarks { get }
}

/// Words by which a run of many tests shows that it gets on: each stands where a test begins or ends.
///
/// They only move a deadline, within the time that all tests have together; what came of a test is read at the end.
public struct ProgressMarks: Hashable, Sendable {
    /// Words of standard output.
    public var output: [String]
    /// Words of the report that the framework writes.
    public var report: [String]

    /// Makes marks; without any only all tests together have a time.
    public init(output: [String] = [], report: [String] = []) {
        self.output = output
        self.report = report
    }

    /// Whether there are none.
    public var isEmpty: Bool { output.isEmpty && report.isEmpty }
}

extension Framework {
    /// No program beyond those that it starts.
    public var tool: (program: String, hint: String)? { nil }
    /// execve(2) takes none of more than 128 KiB.
    public var longestArgument: Int { (128 << 10) - 1 }
    /// Names are the framework's to keep apart.
    public func distinguish(_ tests: [TestID]) -> [TestID] { tests }
    /// The package has all that it needs.
    public var filesAbove: [String] { [] }
    /// Nothing is known.
    public var offlineHint: String? { nil }
    /// Nothing is built.
    public func build(_ package: Package) -> [TestCommand] { [] }
    /// Nothing is kept.
    public func buildDirectories(_ package: Package) -> [String] { [] }
    /// Programs choose their own.
    public var failureExitCode: Int32? { nil }
    /// The framework's own report is what says that a test passed.
    public var trustsExitCode: Bool { false }
    /// Nothing is seen before the end.
    public var marks: ProgressMarks { ProgressMarks() }
}

/// The package whose tests are wanted.
public struct Package: Sendable {
    /// Its directory, absolute.
    public var directory: String
    /// The names of what lies in it.
    public var files: Set<String>
    /// Templates of the `exec` framework.
    public var templates = ExecTemplates()
    /// Test programs that were named by the user, for frameworks that cannot find them.
    public var programs: [String] = []

    /// Makes a package.
    public init(directory: String, files: Set<String>) {
        self.directory = directory
        self.files = files
    }
}

/// A command that runs in a container.
public struct TestCommand: Hashable, Sendable {
    /// The program and its arguments.
    public var arguments: [String]
    /// What a person is shown in place of the arguments.
    public var title: String?
    /// Variables beside those that every job has.
    public var environment: [String: String] = [:]
    /// The runner whose tests it lists.
    public var runner = ""
    /// A file inside that the framework writes its report to.
    public var report: String?
    /// The exit code by which a list command says that there are no tests.
    public var emptyExitCode: Int32?
    /// A word of this one run, which the framework's report is to end with and no test should come by.
    public var secret: String?

    /// Makes a command.
    public init(_ arguments: [String], runner: String = "", environment: [String: String] = [:], report: String? = nil)
    {
        self.arguments = arguments
        self.runner = runner
        self.environment = environment
        self.report = report
    }
}

/// What is there after the build: paths inside the package, as the container saw them.
public struct BuiltFiles: Sendable {
    /// Programs and bundles that the build's last command named, one a line.
    public var lines: [String]

    /// Makes a list.
    public init(lines: [String] = []) { self.lines = lines }
}

/// What came of running tests, before it is understood.
public struct TestEvidence: Sendable {
    /// Standard output.
    public var stdout: [UInt8]
    /// Standard error.
    public var stderr: [UInt8]
    /// The report that the framework wrote, where it did.
    public var report: [UInt8]?
    /// The exit code, where it exited.
    public var exitCode: Int32?
    /// The word that the command had.
    public var secret: String?

    /// Makes evidence.
    public init(stdout: [UInt8], stderr: [UInt8], report: [UInt8]?, exitCode: Int32?) {
        self.stdout = stdout
        self.stderr = stderr
        self.report = report
        self.exitCode = exitCode
    }
}

/// Why the output of a list command is no list of tests.
public struct ListError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What is wrong, with the line it is about.
    public var description: String

    /// Makes an error.
    public init(_ description: String) { self.description = description }
}

/// All frameworks, in the order in which a package is looked at.
public enum Frameworks {
    /// Each once.
    public static let all: [any Framework] = [
        SwiftFramework(), CargoFramework(), GoFramework(), PytestFramework(), CTestFramework(), GoogleTestFramework(),
        TAPFramework(), ExecFramework(),
    ]
}

/// Lines of output, repaired where they are no UTF-8.
func lines(_ bytes: [UInt8]) -> [Substring] {
    String(decoding: bytes, as: UTF8.self).split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
}

extension [TestReport] {
    /// The same where the process ended with 0 and not by the framework's own end: then the test that was told of last
    /// is the one that ended it, whatever was written of that.
    func endedEarly(_ evidence: TestEvidence) -> [TestReport] {
        guard evidence.exitCode == 0, let last else { return self }
        return self + [TestReport(test: last.test, status: .started)]
    }
}
