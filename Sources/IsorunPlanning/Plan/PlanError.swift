public import IsorunModel

/// Why no sandbox can be planned; nothing was created.
public struct PlanError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What it is about.
    public enum Kind: Hashable, Sendable {
        /// A limit that this host cannot enforce.
        case unenforceable(Limit)
        /// What was asked for does not fit together or does not exist.
        case impossible
    }
    /// What it is about.
    public var kind: Kind
    /// What is wrong, on which object.
    public var message: String
    /// What to do.
    public var hint: String?

    /// Makes an error.
    public init(_ kind: Kind, _ message: String, hint: String? = nil) {
        self.kind = kind
        self.message = message
        self.hint = hint
    }

    /// The message and what to do.
    public var description: String { message + (hint.map { "\n  \($0)" } ?? "") }
}
