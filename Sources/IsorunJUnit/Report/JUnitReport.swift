/// A JUnit report as a value; every count in it is computed from its cases.
public struct JUnitReport: Hashable, Sendable {
    /// The suites in order.
    public var suites: [JUnitSuite]

    /// Makes a report.
    public init(suites: [JUnitSuite] = []) { self.suites = suites }
}

/// A suite: the jobs of a run, or the cases of one report that a job wrote.
public struct JUnitSuite: Hashable, Sendable {
    /// The name.
    public var name: String
    /// When it began, `xs:dateTime`; nil where that is not known.
    public var timestamp: String?
    /// What holds for all of it.
    public var properties: [JUnitProperty] = []
    /// The cases in order.
    public var cases: [JUnitCase]

    /// Makes a suite.
    public init(name: String, timestamp: String? = nil, cases: [JUnitCase] = []) {
        self.name = name
        self.timestamp = timestamp
        self.cases = cases
    }
}

/// A name and a value.
public struct JUnitProperty: Hashable, Sendable {
    /// The name.
    public var name: String
    /// The value.
    public var value: String

    /// Makes a property.
    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// How many cases there are and how they ended.
struct JUnitCounts {
    var tests = 0
    var failures = 0
    var errors = 0
    var skipped = 0
    var flakes = 0
    var seconds = 0.0

    init(_ cases: some Sequence<JUnitCase>) {
        for each in cases {
            tests += 1
            seconds += each.seconds
            flakes += each.reruns.contains(where: \.isFlaky) ? 1 : 0
            switch each.status {
            case .passed: break
            case .failure: failures += 1
            case .error: errors += 1
            case .skipped: skipped += 1
            }
        }
    }
}
