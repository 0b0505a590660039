/// One thing that a job needs of the host, and whether it is to be had.
public struct Finding: Hashable, Sendable {
    /// Whether it is to be had.
    public enum State: String, Hashable, Sendable, CaseIterable {
        /// It was tried and works.
        case ok
        /// It works in part, or could not be tried without touching the host.
        case limited
        /// It is not to be had.
        case missing
    }
    /// What it is about, in a few words.
    public var name: String
    /// Whether it is to be had.
    public var state: State
    /// What was found, in one sentence with its figures.
    public var what: String
    /// Why it is not all it could be.
    public var cause: String?
    /// The command that changes that.
    public var fix: String?
    /// Whether a job with every default needs it.
    public var required: Bool

    /// Makes a finding.
    public init(
        _ name: String,
        _ state: State,
        _ what: String,
        cause: String? = nil,
        fix: String? = nil,
        required: Bool
    ) {
        self.name = name
        self.state = state
        self.what = what
        self.cause = cause
        self.fix = fix
        self.required = required
    }

    /// Whether a job with every default cannot run as it should for want of this.
    public var blocks: Bool { required && state != .ok }
}
