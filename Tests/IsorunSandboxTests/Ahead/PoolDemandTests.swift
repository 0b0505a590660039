import Testing

@testable import IsorunSandbox

@Suite struct `The demand for containers made ahead` {
    @Test func `makes none before the first job has said of which kind`() {
        #expect(PoolDemand<String>(most: 4).count == 0)
    }

    @Test func `grows with each job that finds nothing, up to the bound`() {
        var demand = PoolDemand<String>(most: 4)
        #expect(demand.ask("a") == .init(isThere: false, make: 2))
        #expect(demand.ask("a") == .init(isThere: false, make: 1))
        for _ in 0..<10 { _ = demand.ask("a") }
        #expect(demand.target == 4)
        #expect(demand.count == 4)
    }

    @Test func `replaces each one that is taken, and uses none twice`() {
        var demand = PoolDemand<String>(most: 4)
        _ = demand.ask("a")
        demand.end("a", made: true)
        demand.end("a", made: true)
        #expect(demand.ask("a") == .init(isThere: true, make: 1))
        #expect(demand.ask("a") == .init(isThere: true, make: 1))
        #expect(demand.ask("a").isThere == false)
    }

    @Test func `makes none in vain for the last jobs`() {
        var demand = PoolDemand<String>(most: 4)
        demand.expected = 3
        #expect(demand.ask("a").make == 2)
        demand.end("a", made: true)
        demand.end("a", made: true)
        #expect(demand.ask("a") == .init(isThere: true, make: 0))
        #expect(demand.ask("a") == .init(isThere: true, make: 0))
        #expect(demand.count == 0)
    }

    @Test func `counts a job once that found one that was not current`() {
        var demand = PoolDemand<String>(most: 4)
        demand.expected = 3
        _ = demand.ask("a")
        demand.end("a", made: true)
        _ = demand.ask("a")
        _ = demand.ask("a", isNew: false)
        #expect(demand.expected == 1)
    }

    @Test func `gives up those of other kinds to make room`() {
        var demand = PoolDemand<String>(most: 2)
        _ = demand.ask("a")
        demand.end("a", made: true)
        demand.end("a", made: true)
        #expect(demand.ask("b") == .init(isThere: false, make: 2, givenUp: ["a", "a"]))
        #expect(demand.count == 2)
    }

    @Test func `never has more than its bound, whatever is asked`() {
        var demand = PoolDemand<Int>(most: 3)
        var making: [Int] = []
        var random = SystemRandomNumberGenerator()
        for _ in 0..<2000 {
            if Bool.random(using: &random), let kind = making.popLast() {
                demand.end(kind, made: Int.random(in: 0..<50, using: &random) > 0)
            } else {
                let kind = Int.random(in: 0..<4, using: &random)
                making += Array(repeating: kind, count: demand.ask(kind).make)
            }
            #expect(demand.count <= 3)
        }
    }

    @Test func `leaves a kind alone that cannot be made`() {
        var demand = PoolDemand<String>(most: 4)
        _ = demand.ask("a")
        demand.end("a", made: false)
        demand.end("a", made: false)
        #expect(demand.ask("a") == .init(isThere: false, make: 0))
        #expect(demand.ask("b").make > 0)
    }

    @Test func `keeps nothing where nothing may be kept, or when it is closed`() {
        var none = PoolDemand<String>(most: 0)
        #expect(none.ask("a") == .init())
        var closed = PoolDemand<String>(most: 4)
        closed.close()
        #expect(closed.ask("a") == .init())
    }
}
