import Foundation

/// What a program did.
struct ProgramResult {
    var status: Int32
    var output: String
    var complaints: String
}

/// Runs a program to its end, with bytes on its standard input.
func run(_ program: String, _ arguments: [String], input: some DataProtocol = Data()) throws -> ProgramResult {
    let scratch = try Scratch()
    try Data(input).write(to: scratch.url("stdin"))
    for name in ["stdout", "stderr"] { try Data().write(to: scratch.url(name)) }
    let process = Process()
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    process.standardInput = try FileHandle(forReadingFrom: scratch.url("stdin"))
    process.standardOutput = try FileHandle(forWritingTo: scratch.url("stdout"))
    process.standardError = try FileHandle(forWritingTo: scratch.url("stderr"))
    try process.run()
    process.waitUntilExit()
    let output = try scratch.text("stdout")
    return ProgramResult(status: process.terminationStatus, output: output, complaints: try scratch.text("stderr"))
}

/// The reporting program, which is built beside the tests.
let reportProgram: String = {
    let tests = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    return URL(filePath: tests).deletingLastPathComponent().appending(path: "isorun-report").path
}()

/// A directory that goes away with the test.
final class Scratch {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "isorun-junit-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func url(_ name: String) -> URL { URL(filePath: "\(path)/\(name)") }
    func text(_ name: String) throws -> String { String(decoding: try Data(contentsOf: url(name)), as: UTF8.self) }
}
