import IsorunArguments
import IsorunModel
import SystemPackage

/// The words of a line, split at blanks.
func words(_ line: String) -> [ByteString] {
    line.split(separator: " ").map { ByteString(String($0)) }
}

/// What the lexer makes of a line; nil where it leaves the line to ArgumentParser.
func lexed(_ line: String) -> RunArguments? {
    lexed(words(line))
}

/// What the lexer makes of these words; nil where it leaves them to ArgumentParser.
func lexed(_ words: [ByteString]) -> RunArguments? {
    guard case .run(let arguments) = LaunchLexer.lex(words) else { return nil }
    return arguments
}

/// What the options ask for, with `true` as the command and `/work` as the working directory.
func resolved(_ options: String) throws -> RunRequest {
    try resolved(words(options))
}

/// What the options ask for, with `true` as the command and `/work` as the working directory.
func resolved(_ options: [ByteString]) throws -> RunRequest {
    struct NotLexed: Error {}
    guard let arguments = lexed(options + ["--", "true"]) else { throw NotLexed() }
    return try arguments.resolve(workingDirectory: "/home/ada")
}

/// The usage error that these options are answered with.
func refusal(_ options: [ByteString]) -> String? {
    do {
        _ = try resolved(options)
        return nil
    } catch {
        return (error as? UsageError)?.description
    }
}

/// The usage error that these options are answered with.
func refusal(_ options: String) -> String? {
    refusal(words(options))
}

/// Random numbers that are the same in every run.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        // SplitMix64, Steele, Lea and Flood 2014.
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
