internal import Synchronization

/// Whether a signal has asked this program to end: what is half made is then taken away.
package enum Interruption {
    private static let requested = Atomic(false)

    /// Asks for it; whether it had been asked for before.
    package static func request() -> Bool { requested.exchange(true, ordering: .relaxed) }

    /// Whether it has been asked for.
    package static var isRequested: Bool { requested.load(ordering: .relaxed) }
}
