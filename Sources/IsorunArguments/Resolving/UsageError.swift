/// A command line that cannot be meant: which option, what is wrong with it, and the way out.
///
/// It reads `--memory: "12q" is not a size; for example: 256m`. Who prints it puts the program's name before it and
/// exits with ``exitCode``.
public struct UsageError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The exit code of a usage error, `EX_USAGE` of sysexits.h.
    public static let exitCode: Int32 = 64

    /// The option by its long name, or `command`.
    public var option: String
    /// What is wrong, with the value as it was written.
    public var problem: String
    /// The way out: an example of a good value, or the one that was perhaps meant.
    public var hint: String?

    /// Makes an error.
    public init(option: String, problem: String, hint: String? = nil) {
        self.option = option
        self.problem = problem
        self.hint = hint
    }

    /// The error in one line.
    public var description: String {
        "\(option): \(problem)" + (hint.map { "; \($0)" } ?? "")
    }
}
