import Glibc
public import IsorunModel

/// What the fast path made of a command line.
public enum LaunchLine: Hashable, Sendable {
    /// A job to be run.
    case run(RunArguments)
    /// Not understood here, or not for here: ArgumentParser shall read the same line, and has the last word on it.
    case fallThrough
}

/// Reads `isorun [run] [OPTIONS] [--] COMMAND [ARG…]` in microseconds.
///
/// ArgumentParser needs 2 ms for as many options, nearly as long as a whole container takes. So only what goes wrong,
/// asks for help or names another subcommand is left to it; what a job is started with goes this way. ripgrep does
/// the same (`crates/core/flags/lowargs.rs`).
public enum LaunchLexer {
    /// Words that are a subcommand where they are the first argument; `isorun -- suite` runs a program of that name.
    public static let subcommands = [
        "attach", "bench", "cp", "doctor", "exec", "gc", "help", "image", "inspect", "kill", "login", "logout", "logs",
        "merge", "pause", "plan",
        "port", "ps", "report", "rm", "run", "stats", "stop", "suite", "test", "top", "unpause", "volume", "wait",
    ]

    /// Reads a command line.
    ///
    /// - Parameter arguments: The arguments without the program's own name; the command's are passed on byte for byte.
    /// - Returns: The job, or that ArgumentParser shall read the line.
    public static func lex(_ arguments: [ByteString]) -> LaunchLine {
        var scanner = OptionScanner(arguments)
        if let first = arguments.first, let word = subcommands.first(where: { $0.utf8.elementsEqual(first.bytes) }) {
            guard word == "run" else { return .fallThrough }
            scanner = OptionScanner(arguments, from: 1)
        }
        var result = RunArguments()
        while true {
            switch scanner.next() {
            case .option(let option, let value):
                option.apply(value, to: &result)
            case .command(let index):
                result.command = Array(arguments[index...])
                // An image has a command of its own.
                return result.command.isEmpty && result.image == nil ? .fallThrough : .run(result)
            case .unknown:
                return .fallThrough
            }
        }
    }
}

extension RunOption {
    /// Carries the option out; a scanner gives a value exactly where one is due.
    func apply(_ value: ByteString?, to arguments: inout RunArguments) {
        switch effect {
        case .flag(let set): set(&arguments)
        case .value(let set): set(&arguments, value ?? "")
        }
    }
}
