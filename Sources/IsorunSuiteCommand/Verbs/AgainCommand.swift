import IsorunArguments
import IsorunProgress

/// The command that runs one test again as it ran here: the package, what finds its tests, and the job's own options.
///
/// Reports, patterns and what only many tests need are left out.
enum AgainCommand {
    private static let shorts = ["m": "memory", "v": "volume", "e": "env", "u": "user", "w": "workdir", "p": "publish"]
    private static let valued: Set = [
        "leaks", "framework", "build", "list-command", "run-command", "program", "build-network",
    ]
    private static let flags: Set = ["build-cache"]
    /// Options of the run that take no value, and stay out.
    private static let runFlags: Set = [
        "fail-fast", "until-fail", "resume", "failed", "allow-empty", "quiet", "list", "q", "help", "h",
    ]

    /// The command without the test's name, of arguments that were understood.
    static func line(of arguments: [String]) -> String {
        var words = ["isorun", "test"]
        var options: [String] = []
        var path: String?
        var rest = OptionalSeed.filled(in: arguments)[...]
        while let word = rest.popFirst() {
            if word == "--" {
                path = path ?? rest.first
                break
            }
            if word.hasPrefix("--") {
                options += long(word, &rest)
            } else if word.count > 1, word.hasPrefix("-") {
                options += short(word, &rest)
            } else {
                path = path ?? word
            }
        }
        words += [path ?? "."] + options
        return words.map(ShellWord.quoted).joined(separator: " ")
    }

    // `--name`, `--name VALUE` or `--name=VALUE`: what of it is kept.
    private static func long(_ word: String, _ rest: inout ArraySlice<String>) -> [String] {
        let name = String(word.dropFirst(2).prefix { $0 != "=" })
        if isFlag(name) { return [word] }
        if runFlags.contains(name) { return [] }
        let value = word.contains("=") ? nil : rest.popFirst()
        return isValued(name) ? hidden(name, [word] + (value.map { [$0] } ?? [])) : []
    }

    // `-q`, `-m VALUE`, `-mVALUE`, `-m=VALUE`, or several in one word, of which the last may have a value.
    private static func short(_ word: String, _ rest: inout ArraySlice<String>) -> [String] {
        var letters = word.dropFirst()
        while let letter = letters.popFirst() {
            let name = String(letter)
            if runFlags.contains(name) { continue }
            let joined = letters.first == "=" ? letters.dropFirst() : letters
            let value = letters.isEmpty ? rest.popFirst() : String(joined)
            guard let long = shorts[name], let value else { return [] }
            return hidden(long, ["-" + name, value])
        }
        return []
    }

    /// A variable without its value, which may be a secret, and this line may end in a log that everybody reads: it is
    /// taken from the environment then.
    private static func hidden(_ long: String, _ words: [String]) -> [String] {
        guard long == "env" else { return words }
        let isOne = words.count == 1
        let variable = isOne ? words[0].drop { $0 != "=" }.dropFirst() : words[1][...]
        let name = String(variable.prefix { $0 != "=" })
        return isOne ? [words[0].prefix { $0 != "=" } + "=" + name] : [words[0], name]
    }

    private static func kind(_ long: String) -> JobOptionNames.Kind? {
        JobOptionNames.all.first { kebab($0.name) == long }?.kind
    }

    private static func isFlag(_ long: String) -> Bool {
        flags.contains(long) || kind(long.hasPrefix("no-") ? String(long.dropFirst(3)) : long) == .flag
    }

    private static func isValued(_ long: String) -> Bool {
        valued.contains(long) || long == "env" || kind(long).map { $0 != .flag } ?? false
    }

    private static func kebab(_ name: String) -> String {
        name.reduce(into: "") { $0 += $1.isUppercase ? "-" + $1.lowercased() : String($1) }
    }
}
