internal import IsorunModel

/// How much the machine itself varies, told by the row that does the least.
public struct Noise: Hashable, Sendable {
    /// From the tenth to the ninetieth percentile, as a part of the median.
    public let spread: Double
    /// The 99th percentile by the median.
    public let tail: Double

    /// Judges by the samples of bare fork and exec; nil where there are too few to say.
    public init?(_ bare: [Double]) {
        guard bare.count >= 5, let summary = Summary(bare), summary.p50 > 0 else { return nil }
        spread = (summary.p90 - summary.p10) / summary.p50
        tail = summary.p99 / summary.p50
    }

    init(spread: Double, tail: Double) {
        self.spread = spread
        self.tail = tail
    }

    /// The noise in words.
    public var text: String {
        let word = spread < 0.15 ? "quiet" : spread < 0.5 ? "some noise" : "noisy: read the intervals, not the medians"
        let percent = (spread * 100).text(decimals: 0)
        return "\(word) (bare fork and exec: p10 to p90 is \(percent) % of its median, p99 is "
            + "\(tail.text(decimals: 1)) times it)"
    }
}
