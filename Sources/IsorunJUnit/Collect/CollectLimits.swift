/// How much of a report that a job wrote is believed; what is beyond is refused or cut.
public struct CollectLimits: Hashable, Sendable {
    /// The longest file, in bytes.
    public var fileBytes = 16 << 20
    /// The deepest element; the root is 1.
    public var depth = 32
    /// The most cases of a file.
    public var cases = 100_000
    /// The most attributes of an element: libxml2 compares each with each.
    public var attributes = 64
    /// The most elements, comments and sections of a file: libxml2 needs hundreds of bytes for each.
    public var markup = 1_000_000
    /// The longest that libxml2 may take for a file: a million different names slow its dictionary down.
    public var time = Duration.seconds(10)
    /// The longest name or class name, in bytes; longer ones are cut.
    public var nameBytes = 1024
    /// The longest message of a problem, in bytes; longer ones are cut.
    public var messageBytes = 8 << 10
    /// The longest text of an element, in bytes; longer ones are cut.
    public var textBytes = 64 << 10
    /// All text that is kept of a file, in bytes; what is beyond is cut.
    public var totalTextBytes = 8 << 20
    /// The longest time that a case can have taken, in seconds; longer ones are cut.
    public var seconds = 31_536_000.0

    /// Makes the limits that hold for every report.
    public init() {}
}
