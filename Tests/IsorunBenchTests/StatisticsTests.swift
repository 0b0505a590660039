import Testing

@testable import IsorunBench

@Suite struct `Percentiles` {
    @Test func `are those of the samples to three digits`() throws {
        let summary = try #require(Summary((1...1000).map(Double.init)))
        for (found, right) in [(summary.p10, 100.0), (summary.p50, 500), (summary.p90, 900), (summary.p99, 990)] {
            #expect(abs(found - right) <= right / 500)
        }
        #expect(summary.least == 1 && summary.greatest == 1000 && summary.count == 1000)
    }

    @Test func `of one sample are that sample, and of none there are none`() throws {
        let summary = try #require(Summary([0.257]))
        #expect(summary.p50 == 0.257 && summary.p99 == 0.257)
        #expect(Summary([]) == nil)
    }
}

@Suite struct `A ratio of medians` {
    private let noisy = (0..<100).map { 10 + Double($0 * 37 % 100) / 50 }

    @Test func `has an interval that holds it, the same each time`() throws {
        let doubled = noisy.map { $0 * 2 }
        let ratio = try #require(Bootstrap.ratio(of: doubled, to: noisy))
        #expect(ratio.low <= ratio.value && ratio.value <= ratio.high)
        #expect(ratio.low > 1.9 && ratio.high < 2.1)
        #expect(ratio == Bootstrap.ratio(of: doubled, to: noisy))
    }

    @Test func `of a thing to itself in another order is not surely anything but 1`() throws {
        let ratio = try #require(Bootstrap.ratio(of: noisy.reversed(), to: noisy))
        #expect(ratio.low <= 1 && ratio.high >= 1)
    }

    @Test func `has a wider interval the fewer the samples are`() throws {
        let few = Array(noisy.prefix(6))
        let wide = try #require(Bootstrap.ratio(of: few, to: noisy))
        let narrow = try #require(Bootstrap.ratio(of: Array(noisy.dropLast()), to: noisy))
        #expect(wide.high - wide.low > narrow.high - narrow.low)
    }

    @Test func `of a few samples has no interval`() throws {
        let ratio = try #require(Bootstrap.ratio(of: [2, 2, 2, 2], to: noisy))
        #expect(!ratio.isBounded && ratio.low == 0)
    }

    @Test func `to nothing there is not`() {
        #expect(Bootstrap.ratio(of: [1], to: []) == nil)
        #expect(Bootstrap.ratio(of: [], to: [1]) == nil)
        #expect(Bootstrap.ratio(of: [1], to: [0]) == nil)
    }
}

@Suite struct `The noise of the machine` {
    @Test(arguments: [(0.01, "quiet"), (0.3, "some noise"), (2.0, "noisy")])
    func `is put in words by the spread of the least row`(spread: Double, word: String) throws {
        let samples = (0..<100).map { 1 + spread * Double($0) / 80 / (1 + spread / 2) }
        #expect(try #require(Noise(samples)).text.hasPrefix(word))
    }

    @Test func `of a few samples is not told`() {
        #expect(Noise([1, 2, 3]) == nil)
    }
}
