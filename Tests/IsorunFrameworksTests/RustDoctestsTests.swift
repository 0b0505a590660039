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
        process.executableURL = URL(filePath: examples.run.arguments[0])
        process.arguments = Array(examples.run.arguments.dropFirst())
        process.environment = ["PATH": "\(directory.path):/usr/bin:/bin"]
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == expected)
    }
}
