internal import Synchronization

/// What was made last, with what it was made from: for as long as the same is asked for it need not be made again.
final class Latest<Source: Equatable & Sendable, Made: Sendable>: Sendable {
    private let last = Mutex<(source: Source, made: Made)?>(nil)

    /// What is made from a source; two that ask at the same time may both make it.
    func made<Failure: Error>(from source: Source, _ make: () throws(Failure) -> Made) throws(Failure) -> Made {
        if let last = last.withLock({ $0 }), last.source == source { return last.made }
        let made = try make()
        last.withLock { $0 = (source, made) }
        return made
    }
}
