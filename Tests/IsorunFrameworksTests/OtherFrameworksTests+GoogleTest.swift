import IsorunFrameworks
import Testing

extension `Other frameworks` {
    /// What was said last of each test, where the process ended with 0.
    func readOfZero(_ framework: any Framework, _ names: [String], out: String) -> [TestReport.Status?] {
        let tests = names.map { TestID(classname: "", name: $0, specifier: $0, runner: "r") }
        let reports = framework.read(
            TestEvidence(stdout: Array(out.utf8), stderr: [], report: nil, exitCode: 0),
            of: tests
        )
        return names.indices.map { index in reports.last { $0.test == index }?.status }
    }

    private static let broken = "a.cc:5: Failure\nFailed\nno database\n\n"
    private static let end = "[----------] 2 tests from A (0 ms total)\n\n"

    private static func passes(_ name: String) -> String { "[ RUN      ] \(name)\n[       OK ] \(name) (0 ms)\n" }

    @Test(
        arguments: [
            // Before its first test, behind its last, and behind its last where no times are printed.
            "[----------] 2 tests from A\n\(broken)\(passes("A.x"))\(passes("A.y"))\(end)",
            "[----------] 2 tests from A\n\(passes("A.x"))\(passes("A.y"))\(broken)\(end)",
            "[----------] 2 tests from A, where TypeParam = int\n\(passes("A.x"))\(passes("A.y"))bye\n\(broken)",
        ]
    )
    func `a suite of GoogleTest that fails beside its tests has failed, whatever ends the process`(_ suite: String) {
        let text = "\(suite)[----------] 2 tests from B\n\(Self.passes("B.x"))[ RUN      ] B.dies\nb.cc:9: Failure\n"
        let failure = TestReport.Status.failed("failed: A: SetUpTestSuite or TearDownTestSuite")
        #expect(
            read(GoogleTestFramework(), ["A.x", "A.y", "A.z", "B.x", "B.dies"], out: text) == [
                failure, failure, .skipped("never reached"), .passed, .started,
            ]
        )
    }

    @Test func `What fails before all suites of GoogleTest fails what passed before the process died`() {
        let text = """
            [----------] Global test environment set-up.
            a.cc:2: Failure
            Failed
            [----------] 2 tests from A
            \(Self.passes("A.x"))[ RUN      ] A.dies
            """
        #expect(
            read(GoogleTestFramework(), ["A.x", "A.dies"], out: text) == [
                .failed("something failed outside of all tests"), .started,
            ]
        )
    }

    @Test func `GoogleTest's total is what says that a program with exit code 0 has come to its end`() {
        let text = Self.passes("A.x") + "[ RUN      ] A.y\n[==========] 9 tests ran.\n[       OK ] A.y (0 ms)\n"
        let total = "[==========] 2 tests from 1 test suite ran. (0 ms total)\n"
        let names = ["A.x", "A.y", "A.DISABLED_z"]
        #expect(readOfZero(GoogleTestFramework(), names, out: text) == [.passed, .started, .skipped("disabled")])
        for end in [total, "bye" + total, total + "log: over\n"] {
            let statuses = readOfZero(GoogleTestFramework(), names, out: text + end)
            #expect(statuses == [.passed, .passed, .skipped("disabled")])
        }
    }

    @Test(
        arguments: [
            ("log: starting up\n  x = 3\nRunning main() from gtest_main.cc\nA.\n  x\n", ["A.x"]),
            ("A.\n  x\nB.\n  y\nlog: over\nbye.\n", ["A.x", "B.y"]), ("Running main() from gtest_main.cc\n", []),
            // A suite that cannot be known, of which the tests would be passed over.
            ("starting up A.\n  x\nB.\n  y\n", nil), ("A.\n  x\nlog: A.y is slow\n  y\n", nil),
            ("A.\n  x\nno list\nB.\n  y\n", nil), ("log: starting up\n", nil), ("usage: server [options]\n  -h\n", nil),
        ] as [(String, [String]?)]
    )
    func `What a program prints around GoogleTest's list is no part of it`(_ list: String, _ names: [String]?) {
        let command = TestCommand([], runner: "r")
        let tests = try? GoogleTestFramework().tests(in: Array(list.utf8), of: command)
        #expect(tests?.map(\.specifier) == names)
    }
}
