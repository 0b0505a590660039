public import IsorunModel

/// How values of a run become text in a report; the reporting layer provides it.
public struct JUnitStyle: Sendable {
    /// The name of the suite that isorun's own cases stand in.
    public var suite: String
    /// Captured output as text, with a note of what was left out.
    public var output: @Sendable (CapturedOutput) -> String
    /// A moment, in microseconds since 1970, as `xs:dateTime` in UTC.
    public var timestamp: @Sendable (Int64) -> String

    /// Makes a style.
    public init(
        suite: String = "isorun",
        output: @escaping @Sendable (CapturedOutput) -> String,
        timestamp: @escaping @Sendable (Int64) -> String
    ) {
        self.suite = suite
        self.output = output
        self.timestamp = timestamp
    }
}
