import Synchronization
import Testing

@testable import IsorunSuiteCommand

@Suite struct `The signals of a run` {
    private let second: UInt64 = 1_000_000_000

    /// What ended the process, of signals at these times.
    private func ended(by times: [UInt64], heard: Int = 0) -> [Int32] {
        let ends = Ends()
        let interruption = Interruption { ends.add($0) }
        for (number, time) in times.enumerated() {
            interruption.come(Int32(number + 1), at: time)
            if number < heard { interruption.hear() }
        }
        return ends.all
    }

    @Test func `end the process where three were not heard for a second`() {
        #expect(ended(by: [0, second / 2, second]) == [3])
        #expect(ended(by: [0, second]) == [])
        #expect(ended(by: [0, 1, 2, 3, second - 1]) == [])
        #expect(ended(by: [0, 1, 2, 3, second]) == [5])
    }

    @Test func `end nothing by their number where they are heard`() {
        #expect(ended(by: [0, second, 2 * second, 3 * second], heard: 4) == [])
        #expect(ended(by: [0, second, 2 * second, 3 * second - 1], heard: 2) == [])
        #expect(ended(by: [0, second, second + 1, 2 * second], heard: 1) == [4])
    }

    @Test func `end the process at once where it was let go`() {
        let ends = Ends()
        let interruption = Interruption { ends.add($0) }
        interruption.letGo()
        interruption.come(15, at: 0)
        #expect(ends.all == [15])
        interruption.hold()
        interruption.come(2, at: 1)
        #expect(ends.all == [15] && interruption.isAsked)
    }

    @Test func `are told to whoever listens later, too`() {
        let told = Ends()
        let interruption = Interruption { _ in }
        interruption.come(15, at: 0)
        #expect(!interruption.isHeard)
        interruption.listen { told.add($0) }
        interruption.come(2, at: 1)
        #expect(told.all == [15, 2])
        interruption.hear()
        #expect(interruption.isHeard)
    }
}

/// Numbers, as they come.
private final class Ends: Sendable {
    private let numbers = Mutex<[Int32]>([])
    var all: [Int32] { numbers.withLock { $0 } }
    func add(_ number: Int32) { numbers.withLock { $0.append(number) } }
}
