extension TestCommand {
    // Neither the arguments nor the environment of what it becomes have the word, and a pipe is read once. A variable
    // that is there already would be handed on.
    private static let start = """
        unset isorun_word; isorun_word=$1; shift; exec "$@" 3<<END
        $isorun_word
        END
        """

    /// The same with a new word of its own, which it reads from descriptor 3.
    func withSecret() -> TestCommand {
        let word = String(UInt64.random(in: .min ... .max), radix: 36)
        var command = self
        command.arguments = ["/bin/sh", "-c", Self.start, "isorun-secret", word] + arguments
        command.secret = word
        return command
    }
}
