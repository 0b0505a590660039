/// Why JUnit XML could not be written or read.
public struct JUnitError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What went wrong, in words that hold no control character.
    public var reason: String

    /// Makes an error.
    public init(_ reason: String) { self.reason = reason }

    /// The reason.
    public var description: String { reason }
}
