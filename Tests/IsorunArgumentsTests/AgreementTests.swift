import ArgumentParser
import FoundationEssentials
import IsorunModel
import Testing

@testable import IsorunArguments

/// What ArgumentParser says of itself: the part of its `ToolInfoV0` that is needed here.
private struct ToolInfo: Decodable {
    struct Command: Decodable { var arguments: [Argument] }
    struct Argument: Decodable {
        struct Name: Decodable { var kind, name: String }
        var kind: String
        var names: [Name]?
        var isRepeating: Bool
        var abstract: String?
        var sectionTitle: String?
    }
    var command: Command
}

/// An option's names and whether a value follows it.
private struct Shape: Hashable {
    var long: String
    var short: String?
    var takesValue: Bool
}

@Suite struct `The lexer and ArgumentParser` {
    private func declared() throws -> [ToolInfo.Argument] {
        let json = RunOptions._dumpHelp()
        return try JSONDecoder().decode(ToolInfo.self, from: Data(json.utf8)).command.arguments
            .filter { $0.kind != "positional" && $0.names?.contains { $0.name == "help" } != true }
    }

    @Test func `know the same options`() throws {
        var shapes: Set<Shape> = []
        for argument in try declared() {
            let names = argument.names ?? []
            let short = names.first { $0.kind == "short" }?.name
            let longs = names.filter { $0.kind == "long" }
            // --init and --no-init are one declaration with two long names.
            for long in longs {
                shapes.insert(Shape(long: long.name, short: short, takesValue: argument.kind == "option"))
            }
        }
        let table = RunOption.all.map { option in
            let short = option.short == 0 ? nil : String(UnicodeScalar(option.short))
            if case .value = option.effect { return Shape(long: option.long, short: short, takesValue: true) }
            return Shape(long: option.long, short: short, takesValue: false)
        }
        #expect(Set(table) == shapes)
        #expect(Set(table.map(\.long)).count == table.count)
    }

    @Test func `explain every option in a section of its own`() throws {
        for argument in try declared() {
            #expect(argument.abstract?.isEmpty == false, "\(argument)")
            #expect(argument.sectionTitle?.isEmpty == false, "\(argument)")
        }
    }

    /// Values that no option refuses before ``RunArguments/resolve(workingDirectory:)``.
    private static let values = ["256m", "0.5", "a=b", "/src:/dst:ro", "x", "é", "-", "core=-1", "*.xml:out", "a b"]
    private static let commands: [[String]] = [
        ["true"], ["swift", "test", "--parallel"], ["-"], ["sh", "-c", "exit 3"], ["suite", "-m", "1g"], ["é", ""],
    ]

    /// A line that both must understand, and how each option was spelt.
    private func randomLine(_ random: inout SeededGenerator, exotic: Bool) -> [String] {
        var line: [String] = []
        for _ in 0..<Int.random(in: 0...40, using: &random) {
            guard let option = RunOption.all.randomElement(using: &random) else { break }
            let value = Self.values.randomElement(using: &random) ?? ""
            let letter = option.short == 0 ? nil : String(UnicodeScalar(option.short))
            switch (option.effect, letter, Int.random(in: 0...3, using: &random)) {
            case (.flag, .some(let letter), 0...1): line.append("-\(letter)")
            case (.flag, .some(let letter), 2): line.append("-\(letter)q")
            case (.flag, _, _): line.append("--\(option.long)")
            case (.value, .some(let letter), 0): line += ["-\(letter)", value]
            case (.value, .some(let letter), 1): line.append("-\(letter)=\(value)")
            case (.value, .some(let letter), 2) where exotic: line.append("-i\(letter)\(value)")
            case (.value, .some(let letter), 2) where !value.contains("="): line.append("-\(letter)\(value)")
            case (.value, _, 1): line.append("--\(option.long)=\(value)")
            case (.value, _, 3) where exotic: line.append("--\(option.long)=")
            default: line += ["--\(option.long)", value]
            }
        }
        return line + ["--"] + (Self.commands.randomElement(using: &random) ?? ["true"])
    }

    @Test(arguments: 0..<16)
    func `read the same from a line that is good`(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        let line = randomLine(&random, exotic: false)
        let expected = try RunOptions.parse(line).arguments
        #expect(lexed(line.map { ByteString($0) }) == expected, "\(line)")
    }

    @Test(arguments: 16..<32)
    func `read the same from a line in canonical form`(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        let line = randomLine(&random, exotic: true).map { ByteString($0) }
        let expected = try RunOptions.parse(LaunchLexer.canonical(line)).arguments
        #expect(lexed(line) == expected, "\(line)")
    }

    @Test(arguments: [
        ("--memroy 1g -- true", "Unknown option '--memroy'. Did you mean '--memory'?"),
        ("--picture alpine true", "Unknown option '--picture'."),
        ("-x true", "Unknown option '-x'."),
        ("--memory", "Missing value for '--memory <size>'"),
        ("--name --junit x true", "Missing value for '--name <name>'"),
        ("-i", "There is no command to run; for example: isorun -- swift test"),
        ("--", "There is no command to run; for example: isorun -- swift test"),
        ("--read-only=yes true", "The option '--read-only' does not take any value"),
    ])
    func `answer a line that is bad with what is wrong`(line: String, message: String) {
        let error = #expect(throws: (any Error).self) {
            try RunOptions.parse(LaunchLexer.canonical(words(line)))
        }
        guard let error else { return }
        #expect(RunOptions.message(for: error).contains(message))
        #expect(RunOptions.exitCode(for: error).rawValue == UsageError.exitCode)
    }

    @Test(arguments: ["--help", "-h", "-m 1g --help", "-i -h true"])
    func `answer a call for help with help`(line: String) {
        let error = #expect(throws: (any Error).self) { try RunOptions.parse(LaunchLexer.canonical(words(line))) }
        guard let error else { return }
        #expect(RunOptions.exitCode(for: error) == .success)
        #expect(RunOptions.fullMessage(for: error).contains("--memory-swap"))
    }

    @Test func `give plan the options of run, and a json of its own`() throws {
        let line = words("--json -eA=1 -m64m -- echo ---")
        let canonical = LaunchLexer.canonical(line, flags: ["json"])
        #expect(canonical == ["--json", "--env", "A=1", "--memory", "64m", "--", "echo", "---"])
        let arguments = try PlanOptions.parse(Array(canonical.dropFirst())).arguments
        #expect(arguments == lexed("-e A=1 -m 64m echo ---"))
        let error = #expect(throws: (any Error).self) { try PlanOptions.parse(["--junit", "x", "true"]) }
        #expect(error.map { PlanOptions.message(for: $0) }?.contains("'--junit' is an option of 'run' alone.") == true)
    }
}
