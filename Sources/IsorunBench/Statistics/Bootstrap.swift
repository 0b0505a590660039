/// A ratio of medians with the interval in which it lies with 95 % confidence.
public struct Ratio: Hashable, Sendable {
    /// The ratio of the medians.
    public let value: Double
    /// The lower end of the interval.
    public let low: Double
    /// The upper end of the interval; infinite where there were too few samples for an interval.
    public let high: Double

    /// Makes a ratio.
    public init(value: Double, low: Double, high: Double) {
        self.value = value
        self.low = low
        self.high = high
    }
}

/// How sure a ratio of two medians is: samples are drawn again from what was measured, and the spread of the ratios
/// that come out is the interval (Efron, "Bootstrap methods", 1979; the percentile method).
public enum Bootstrap {
    private static let resamples = 1000
    /// Fewer samples than these give no interval: drawn again they would be the same few.
    private static let fewest = 5

    /// The ratio of the medians of two lists of samples.
    ///
    /// Lists of the same length are taken for rounds: what disturbed one side of a round mostly disturbed the other
    /// too, so both are drawn from the same rounds. The seed is fixed: the same figures give the same interval.
    /// - Returns: nil where a list is empty or the reference is nothing.
    public static func ratio(of samples: [Double], to reference: [Double]) -> Ratio? {
        guard !samples.isEmpty, !reference.isEmpty, median(reference) > 0 else { return nil }
        guard min(samples.count, reference.count) >= fewest else {
            return Ratio(value: median(samples) / median(reference), low: 0, high: .infinity)
        }
        var (ours, theirs) = (Ranks(samples), Ranks(reference))
        var generator = SplitMix64(state: 0x6973_6f72_756e)
        var estimates: [Double] = []
        for _ in 0..<resamples {
            let rounds = draw(samples.count, &generator)
            let others = samples.count == reference.count ? rounds : draw(reference.count, &generator)
            let below = theirs.median(drawn: others)
            if below > 0 { estimates.append(ours.median(drawn: rounds) / below) }
        }
        estimates.sort()
        let tail = estimates.count / 40
        return Ratio(
            value: median(samples) / median(reference),
            low: estimates[tail],
            high: estimates[estimates.count - 1 - tail]
        )
    }

    /// The median; 0 of nothing.
    public static func median(_ samples: [Double]) -> Double {
        guard !samples.isEmpty else { return 0 }
        let sorted = samples.sorted()
        return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    }

    private static func draw(_ count: Int, _ generator: inout SplitMix64) -> [Int] {
        (0..<count).map { _ in Int(generator.next() % UInt64(count)) }
    }
}

/// Samples in order, so that the median of some of them, drawn with repetition, is found by counting and not by sorting
/// anew for each of a thousand draws.
private struct Ranks {
    private let sorted: [Double]
    /// The place in the order of each sample.
    private let places: [Int]
    private var counts: [Int]

    init(_ samples: [Double]) {
        let order = samples.indices.sorted { samples[$0] < samples[$1] }
        var places = [Int](repeating: 0, count: samples.count)
        for (place, index) in order.enumerated() { places[index] = place }
        self.places = places
        sorted = order.map { samples[$0] }
        counts = places
    }

    /// The median of the samples with these indices, as many as there are samples.
    mutating func median(drawn: [Int]) -> Double {
        for place in counts.indices { counts[place] = 0 }
        for index in drawn { counts[places[index]] += 1 }
        return (sample((drawn.count - 1) / 2) + sample(drawn.count / 2)) / 2
    }

    private func sample(_ number: Int) -> Double {
        var before = 0
        for place in counts.indices {
            before += counts[place]
            if before > number { return sorted[place] }
        }
        return sorted.last ?? 0
    }
}

/// A generator whose numbers follow from its seed (Steele, Lea and Flood, "Fast splittable pseudorandom number
/// generators", 2014).
struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
