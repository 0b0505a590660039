internal import IsorunModel
public import IsorunReporting

/// What became faster or slower since an earlier run.
public struct Comparison: Sendable {
    /// One figure in both runs.
    public struct Line: Hashable, Sendable {
        /// The row's name.
        public let row: String
        /// The measure's title.
        public let measure: String
        /// New by old; nil where one of them has no samples.
        public let ratio: Ratio?
        /// What is to be said of it.
        public let verdict: Verdict
    }

    /// What a comparison comes to.
    public enum Verdict: String, Hashable, Sendable {
        /// The interval lies on the better side of 1.
        case faster = "faster"
        /// The interval lies on the worse side of 1.
        case slower = "slower"
        /// The interval holds 1.
        case same = "the same"
        /// There are too few samples for an interval.
        case unclear = "too few runs to tell"
        /// It was measured then and is not now.
        case lost = "not measured any more"
    }

    /// The figures that the earlier run has.
    public let lines: [Line]
    /// Those that are worse by more than was tolerated, or lost.
    public let regressions: [Line]
    /// Why the two runs may not be comparable.
    public let warnings: [String]

    /// Compares a run to an earlier one.
    ///
    /// - Parameters:
    ///   - new: This run.
    ///   - old: The earlier one.
    ///   - tolerance: How much worse a median may be, as a part of the old one. A regression is worse than that and
    ///     surely worse at all.
    public init(_ new: BenchReport, to old: BenchReport, tolerance: Double) {
        var lines: [Line] = []
        var regressions: [Line] = []
        for row in old.rows {
            let match = new.rows.first { $0.id == row.id }
            for measure in row.measures where !measure.samples.isEmpty {
                let now = match?.measures.first { $0.id == measure.id }
                // A run that was ended early, or told to leave a row out, has nothing to say about it.
                if now == nil, match?.failure == nil { continue }
                let line = Self.line(row.name, measure, now)
                lines.append(line)
                if line.isRegression(past: tolerance, higherIsBetter: measure.higherIsBetter) {
                    regressions.append(line)
                }
            }
        }
        self.lines = lines
        self.regressions = regressions
        warnings = Self.differences(new, old)
    }

    private static func line(_ row: String, _ old: Measure, _ new: Measure?) -> Line {
        guard let new, !new.samples.isEmpty else {
            return Line(row: row, measure: old.title, ratio: nil, verdict: .lost)
        }
        let less: Verdict = old.higherIsBetter ? .slower : .faster
        let more: Verdict = old.higherIsBetter ? .faster : .slower
        guard let ratio = Bootstrap.ratio(of: new.samples, to: old.samples) else {
            // To nothing there is no ratio, as of the memory beside bare fork and exec.
            let isNothing = Bootstrap.median(new.samples) <= 0
            return Line(row: row, measure: old.title, ratio: nil, verdict: isNothing ? .same : more)
        }
        guard ratio.isBounded else { return Line(row: row, measure: old.title, ratio: ratio, verdict: .unclear) }
        let verdict: Verdict = ratio.high < 1 ? less : ratio.low > 1 ? more : .same
        return Line(row: row, measure: old.title, ratio: ratio, verdict: verdict)
    }

    private static func differences(_ new: BenchReport, _ old: BenchReport) -> [String] {
        var found: [String] = []
        let telling = ["CPU", "kernel", "governor", "cgroups"] + VirtualMachines.ids.map(VirtualMachines.factName)
        for fact in new.host where telling.contains(fact.name) {
            // Reports that knew one machine called its fact so.
            let names = fact.name == VirtualMachines.factName("qemu") ? [fact.name, "VM"] : [fact.name]
            guard let before = old.host.first(where: { names.contains($0.name) }), before.value != fact.value else {
                continue
            }
            found.append("\(fact.name) was \(before.value) and is \(fact.value)")
        }
        if new.interrupted || old.interrupted { found.append("one of the two runs was ended before its time") }
        return found
    }

    /// The comparison as text, a line a figure.
    public func text(tolerance: Double) -> String {
        var text = warnings.map { "warning: \($0)\n" }.joined()
        let width = lines.map { $0.row.count + $0.measure.count + 2 }.max() ?? 0
        for line in lines {
            let name = "\(line.row), \(line.measure)"
            let padding = String(repeating: " ", count: max(0, width - name.count))
            let figure = line.ratio.map { "  \($0.text) of before" } ?? ""
            text += "\(name)\(padding)  \(line.verdict.rawValue)\(figure)\n"
        }
        let hundredths = tolerance * 100
        let percent = hundredths.text(decimals: hundredths == hundredths.rounded() ? 0 : 2)
        text +=
            lines.allSatisfy { $0.verdict == .unclear }
            ? "too few runs to tell of a regression\n"
            : regressions.isEmpty
                ? "no regression past \(percent) %\n"
                : regressions.map { "REGRESSION past \(percent) %: \($0.row), \($0.measure)\n" }.joined()
        return text
    }
}

extension BenchReport {
    /// Refuses to be the earlier report of a run that it has nothing in common with.
    ///
    /// - Parameters:
    ///   - kind: What is to be measured.
    ///   - path: Where this report was read.
    /// - Throws: `ReportingError` where it is of another kind or without a figure.
    public func checkComparable(to kind: String, path: String) throws(ReportingError) {
        guard self.kind == kind else {
            throw ReportingError(.usage, "this is a report of \(self.kind), and not of \(kind):", path)
        }
        guard rows.contains(where: \.isMeasured) else {
            throw ReportingError(.malformed, "this report has no figure to compare to:", path)
        }
    }
}

extension Comparison.Line {
    func isRegression(past tolerance: Double, higherIsBetter: Bool) -> Bool {
        guard verdict == .slower || verdict == .lost else { return false }
        guard let ratio, ratio.value > 0 else { return true }
        return (higherIsBetter ? 1 / ratio.value : ratio.value) > 1 + tolerance
    }
}

extension Ratio {
    /// `2.41 (2.35 – 2.48)`.
    public var text: String {
        isBounded
            ? "\(Self.short(value)) (\(Self.short(low)) – \(Self.short(high)))" : "\(Self.short(value)) (too few runs)"
    }

    /// Whether there were samples enough for an interval.
    var isBounded: Bool { high.isFinite }

    static func short(_ value: Double) -> String {
        value.text(decimals: value < 0.1 ? 3 : value < 10 ? 2 : value < 100 ? 1 : 0)
    }
}
