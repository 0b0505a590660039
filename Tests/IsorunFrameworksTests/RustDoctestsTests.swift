import Foundation
import Testing

@testable import IsorunFrameworks

@Suite struct `The examples of a library of Rust` {
    // 101 is an example that failed, which its own result tells; all else is cargo's own end.
    @Test(arguments: [(0, 0), (101, 0), (1, 1), (127, 127)] as [(Int32, Int32)])
    func `end as cargo did, but for examples that failed`(_ cargo: Int32, _ expected: Int32) throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "isorun-cargo-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: directory) }
        let program = directory.appending(path: "cargo")
        try Data("#!/bin/sh\nexit \(cargo)\n".utf8).write(to: program)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program.path)
        let examples = try #require(RustDoctests(runner: "rustdoc\t\(directory.path)\tlibrary\t1.0.0"))
        let process = Process()
        let arguments = examples.run([]).arguments
        process.executableURL = URL(filePath: arguments[0])
        process.arguments = Array(arguments.dropFirst())
        process.environment = ["PATH": "\(directory.path):/usr/bin:/bin"]
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == expected)
    }

    private func tests(_ names: [String]) throws -> [TestID] {
        let examples = try #require(RustDoctests(runner: "rustdoc\t/w\tlibrary\t1.0.0"))
        return try examples.tests(
            in: Array(
                (names.map { $0 + ": test\n" }.joined()
                    + "all doctests ran in 0.5s; merged doctests compilation took 0.4s\n").utf8
            )
        )
    }

    @Test func `are asked for by their lines, and what has the same is left out by another word where there is one`()
        throws
    {
        let names = [
            "src/a.rs - f (line 8)", "src/a.rs - g (line 18)", "src/b.rs - S::h (line 8)", "src/b.rs - i (line 5)",
        ]
        let tests = try tests(names)
        #expect(tests.map(\.name) == names)
        func words(_ wanted: [Int]) -> [String] { RustDoctestNames.words(for: wanted.map { tests[$0] }) }
        #expect(words([0, 1, 2, 3]) == ["18)", "5)", "8)"])
        #expect(words([0]) == ["--skip", "18)", "--skip", "S::h", "8)"])
        #expect(words([1]) == ["18)"])
        #expect(
            words([1, 2]) == ["--skip", "f", "18)", "8)"] || words([1, 2]) == ["--skip", "src/a.rs", "18)", "8)"]
        )
    }

    @Test func `that were not reached behind one that hangs have no result, and that one has begun`() throws {
        let tests = try tests(["l.rs - a (line 4)", "l.rs - b (line 8)", "l.rs - c (line 12)"])
        let text = "\nrunning 3 tests\ntest l.rs - a (line 4) ... ok\ntest l.rs - b (line 8) ... "
        #expect(
            RustDoctests.read(Array(text.utf8), of: tests) == [
                TestReport(test: 0, status: .passed), TestReport(test: 1, status: .started),
            ]
        )
    }

    @Test func `take no failure back by what they print`() throws {
        let tests = try tests(["l.rs - a (line 4)"])
        let text = """
            test l.rs - a (line 4) ... FAILED

            failures:

            ---- l.rs - a (line 4) stdout ----
            Test executable failed (exit status: 101).

            stdout:
            test l.rs - a (line 4) ... ok
            """
        let reports = RustDoctests.read(Array(text.utf8), of: tests)
        #expect(reports.last?.status == .failed("Test executable failed (exit status: 101)."))
    }
}
