/// What one run of the bench found.
public struct BenchReport: Hashable, Sendable {
    /// What was measured: `startup`, `throughput`, `overhead` or `footprint`.
    public var kind: String
    /// When it began, as in `2026-11-23T12:00:00.123Z`.
    public var startedAt: String
    /// What machine it was, in the order of the header.
    public var host: [Fact]
    /// How much the machine varies; nil where it was not measured.
    public var noise: Noise?
    /// What all rows together should be read with.
    public var notes: [String]
    /// The name of the row, or kind of rows, that ratios are to.
    public var reference: String
    /// Whether it was ended before its time.
    public var interrupted: Bool
    /// What was measured, and what could not be.
    public var rows: [BenchRow]

    /// Makes a report of nothing.
    public init(kind: String, startedAt: String, host: [Fact]) {
        self.kind = kind
        self.startedAt = startedAt
        self.host = host
        notes = []
        reference = "isorun"
        interrupted = false
        rows = []
    }

    /// A word about the machine.
    public struct Fact: Hashable, Sendable {
        /// What it is about.
        public var name: String
        /// What is so.
        public var value: String

        /// Makes a fact.
        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }
}

/// One line of a table: one runtime, or one way of doing the work.
public struct BenchRow: Hashable, Sendable {
    /// What it is compared by from run to run.
    public var id: String
    /// What a person calls it.
    public var name: String
    /// The command line; a part that differs from run to run stands in braces.
    public var command: [String]
    /// Which of the limits it was given.
    public var limits: String
    /// What else is to be known of it.
    public var note: String?
    /// Why it was not measured, or not to the end.
    public var failure: Failure?
    /// What was measured.
    public var measures: [Measure]
    /// What the time goes into, medians in milliseconds; empty where that is not known.
    public var phases: [Phase]

    /// Makes a row without figures.
    public init(id: String, name: String, command: [String] = [], limits: String = "") {
        self.id = id
        self.name = name
        self.command = command
        self.limits = limits
        measures = []
        phases = []
    }

    /// Whether it has any figure.
    public var isMeasured: Bool { measures.contains { !$0.samples.isEmpty } }

    /// Why a row has no figures.
    public struct Failure: Hashable, Sendable {
        /// What happened.
        public var reason: String
        /// What would help.
        public var help: String?

        /// Makes a failure.
        public init(_ reason: String, help: String? = nil) {
            self.reason = reason
            self.help = help
        }
    }

    /// A part of a start.
    public struct Phase: Hashable, Sendable {
        /// What it is called.
        public var name: String
        /// Milliseconds.
        public var milliseconds: Double

        /// Makes a phase.
        public init(_ name: String, _ milliseconds: Double) {
            self.name = name
            self.milliseconds = milliseconds
        }
    }
}

/// One figure of a row, sampled often.
public struct Measure: Hashable, Sendable {
    /// What it is compared by.
    public var id: String
    /// What a person calls it.
    public var title: String
    /// The unit of its samples.
    public var unit: String
    /// Whether more is better, as of containers a second.
    public var higherIsBetter: Bool
    /// In the order of the rounds.
    public var samples: [Double]
    /// Its ratio to the same figure of the reference row.
    public var ratio: Ratio?

    /// Makes a measure.
    public init(id: String, title: String, unit: String, higherIsBetter: Bool = false, samples: [Double] = []) {
        self.id = id
        self.title = title
        self.unit = unit
        self.higherIsBetter = higherIsBetter
        self.samples = samples
    }

    /// Its percentiles; nil without samples.
    public var summary: Summary? { Summary(samples) }
}

extension BenchReport {
    /// Sets every ratio: to the row of that id, where it has figures.
    ///
    /// - Parameter reference: Gives the id of the row that a row is compared to; nil for none.
    public mutating func relate(to reference: (BenchRow) -> String?) {
        let rows = rows
        for index in rows.indices {
            guard let id = reference(rows[index]), let other = rows.first(where: { $0.id == id }) else { continue }
            for place in rows[index].measures.indices {
                let measure = rows[index].measures[place]
                guard let base = other.measures.first(where: { $0.id == measure.id }) else { continue }
                self.rows[index].measures[place].ratio = Bootstrap.ratio(of: measure.samples, to: base.samples)
            }
        }
    }

    /// Gives a reason to every row that has neither a figure nor one, as after Ctrl-C.
    mutating func tellWhatIsMissing() {
        for index in rows.indices where !rows[index].isMeasured && rows[index].failure == nil {
            rows[index].failure = .init("the bench was ended before it had a run of this")
        }
    }

    /// The rows of isorun itself that have no figure.
    public var unmeasuredOwn: [BenchRow] {
        rows.filter { row in
            guard !row.isMeasured else { return false }
            if kind == "overhead" { return row.id != "outside" }
            // A warm row without a command stands for what is measured elsewhere.
            return row.id == "isorun" || row.id.hasPrefix("isorun@") || row.id == WarmSeries.id && !row.command.isEmpty
        }
    }

    /// The measures that any row has, once each and in order.
    public var measures: [Measure] {
        var found: [Measure] = []
        for measure in rows.flatMap(\.measures) where !found.contains(where: { $0.id == measure.id }) {
            found.append(measure)
        }
        return found
    }
}
