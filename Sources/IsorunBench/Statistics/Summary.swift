internal import Histogram

/// Percentiles of samples, by HdrHistogram with three significant digits.
public struct Summary: Hashable, Sendable {
    /// How many samples there are.
    public let count: Int
    /// The least.
    public let least: Double
    /// Ten of a hundred are not above it.
    public let p10: Double
    /// The median.
    public let p50: Double
    /// Ninety of a hundred are not above it.
    public let p90: Double
    /// Ninety-nine of a hundred are not above it.
    public let p99: Double
    /// The greatest.
    public let greatest: Double

    /// Summarises samples, which are kept to a thousandth of their unit; nil where there are none.
    public init?(_ samples: [Double]) {
        guard let least = samples.min(), let greatest = samples.max() else { return nil }
        var histogram = Histogram<UInt64>(numberOfSignificantValueDigits: .three)
        for sample in samples { histogram.record(Self.thousandths(sample)) }
        // A histogram answers with the upper end of a bucket, which may lie above all that was seen.
        func percentile(_ value: Double) -> Double {
            min(max(Double(histogram.valueAtPercentile(value)) / 1000, least), greatest)
        }
        count = samples.count
        self.least = least
        self.greatest = greatest
        p10 = percentile(10)
        p50 = percentile(50)
        p90 = percentile(90)
        p99 = percentile(99)
    }

    private static func thousandths(_ sample: Double) -> UInt64 {
        sample > 0 && sample < 1e15 ? UInt64((sample * 1000).rounded()) : 0
    }
}
