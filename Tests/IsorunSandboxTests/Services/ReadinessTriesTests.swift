import Testing

@testable import IsorunSandbox

@Suite struct `Tries of a command that asks whether a service is ready` {
    @Test(
        arguments: [
            (.seconds(30), 5), (.seconds(600), 5), (.seconds(8), 2),
            // One that takes nearly all there is may still succeed.
            (.seconds(1), 1), (.milliseconds(10), 1),
        ] as [(Duration, UInt64)]
    )
    func `end after a few seconds, so that there is another`(patience: Duration, seconds: UInt64) {
        #expect(ReadinessTries(within: patience).limit == seconds * 1_000_000_000)
    }

    @Test func `are not ended where no longer one would fit`() {
        let second: UInt64 = 1_000_000_000
        var tries = ReadinessTries(within: .seconds(30))
        #expect(tries.end(of: 0, before: 30 * second) == 5 * second)
        tries.lengthen()
        #expect(tries.end(of: 5 * second, before: 30 * second) == nil, "it may take until the end")
        #expect(ReadinessTries(within: .seconds(1)).end(of: 0, before: second) == nil)
    }

    @Test func `have longer each time, for one that is merely slow`() {
        var tries = ReadinessTries(within: .seconds(30))
        tries.lengthen()
        #expect(tries.limit == 10_000_000_000)
    }
}
