/// Why a filter or a capability set could not be made: what was tried, on which object, the answer, and a way out.
public struct SecurityError: Error, Hashable, Sendable {
    /// What kind of failure it is.
    public enum Code: Hashable, Sendable {
        /// A profile file cannot be read.
        case unreadableProfile
        /// A profile file holds something that is no docker-format seccomp profile.
        case invalidProfile
        /// libseccomp refused a rule or could not build the program.
        case filterRefused
        /// The kernel would refuse the program.
        case filterTooLarge
        /// No capability has this name.
        case unknownCapability
    }

    /// What kind of failure it is.
    public var code: Code
    /// What was being done: `read the seccomp profile`.
    public var operation: String
    /// What it was done on: a path, an entry of a file, a name.
    public var subject: String
    /// The errno of the kernel or of libseccomp; nil where neither was asked.
    public var errno: Int32?
    /// The answer in words.
    public var reason: String
    /// What the user can do; empty where nothing sensible can be said.
    public var hint: String

    /// Makes an error.
    public init(
        _ code: Code,
        _ operation: String,
        on subject: String,
        errno: Int32? = nil,
        reason: String,
        hint: String = ""
    ) {
        self.code = code
        self.operation = operation
        self.subject = subject
        self.errno = errno
        self.reason = reason
        self.hint = hint
    }
}

extension SecurityError: CustomStringConvertible {
    /// One line for stderr: `cannot read the seccomp profile p.json: No such file or directory; HINT`.
    public var description: String {
        "cannot \(operation) \(subject): \(reason)" + (hint.isEmpty ? "" : "; \(hint)")
    }
}
