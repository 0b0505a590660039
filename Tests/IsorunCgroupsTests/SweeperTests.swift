import Testing

@testable import IsorunCgroups

@Suite struct `A sweep` {
    @Test(arguments: 0..<3)
    func `of few slots looks at each of them once`(start: Int) {
        #expect(Sweeper.window(of: [4, 9, 2], from: start, 64).sorted() == [2, 4, 9])
        #expect(Sweeper.window(of: [4, 9, 2], from: start, .max).sorted() == [2, 4, 9])
    }

    @Test func `of many looks at so many, round the end`() {
        #expect(Sweeper.window(of: [0, 1, 2, 3, 4], from: 3, 3) == [3, 4, 0])
    }

    @Test func `of none looks at none`() {
        #expect(Sweeper.window(of: [], from: 0, 64) == [])
    }
}
