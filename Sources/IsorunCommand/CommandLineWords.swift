internal import ArgumentParser
internal import IsorunArguments
internal import IsorunModel

/// What ArgumentParser is given of a command line that the fast path did not take.
enum CommandLineWords {
    /// Commands that the contract names and that this version does not have.
    private static let later = LaunchLexer.subcommands.filter {
        ![
            "run", "plan", "doctor", "gc", "report", "help", "test", "suite", "merge", "bench", "inspect", "kill",
            "logs",
            "ps", "rm", "stop", "wait", "exec", "pause", "unpause", "top", "stats", "image", "port",
            "cp", "volume", "attach", "login", "logout",
        ].contains($0)
    }

    /// Brings options into the one form that ArgumentParser reads as they are meant.
    static func forParser(_ arguments: [ByteString]) throws -> [String] {
        let words = arguments.map(\.text)
        guard let first = words.first else { return [] }
        if ["--help", "-h", "--version", "--generate-completion-script", "help"].contains(first) { return words }
        if first.hasPrefix("--generate-completion-script=") || first == "--experimental-dump-help" { return words }
        if later.contains(first) {
            throw ValidationError(
                "This version has no command '\(first)'; to run a program of that name: isorun -- \(first)"
            )
        }
        switch first {
        case "plan": return ["plan"] + LaunchLexer.canonical(Array(arguments.dropFirst()), flags: ["json"])
        case "run": return ["run"] + LaunchLexer.canonical(Array(arguments.dropFirst()))
        case "doctor", "gc", "report": return words
        default: return ["run"] + LaunchLexer.canonical(arguments)
        }
    }
}
