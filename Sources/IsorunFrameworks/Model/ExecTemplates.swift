/// The commands of the `exec` framework, each a line of the shell.
public struct ExecTemplates: Hashable, Sendable {
    /// Builds; may be missing.
    public var build: String?
    /// Prints a test on each line.
    public var list: String?
    /// Runs the test whose name stands in `$1`, or in the place of `{}`.
    public var run: String?

    /// Makes templates.
    public init(build: String? = nil, list: String? = nil, run: String? = nil) {
        self.build = build
        self.list = list
        self.run = run
    }

    /// Why the run command could never be given a test's name; nil where it can.
    ///
    /// A command that gets no name, or pieces of one, would run and pass for every test.
    public var problem: String? {
        guard let run else { return nil }
        var quote: Character?
        var isEscaped = false
        var isGiven = false
        var rest = Substring(run)
        while let character = rest.first {
            let here = rest
            rest = rest.dropFirst()
            if isEscaped {
                isEscaped = false
            } else if character == "\\", quote != "'" {
                isEscaped = true
            } else if character == quote {
                quote = nil
            } else if quote == nil, character == "'" || character == "\"" {
                quote = character
            } else if here.hasPrefix("{}") {
                if let quote { return "{} is one word already: write it without the \(quote) around it" }
                isGiven = true
            } else if quote != "'", Self.parameters.contains(where: here.hasPrefix) {
                isGiven = true
            }
        }
        return isGiven ? nil : "nothing in it stands for the test's name: write {} where the name is to be"
    }

    // The shell's own words for the name.
    private static let parameters = ["$1", "${1", "$@", "${@", "$*", "${*"]
}
