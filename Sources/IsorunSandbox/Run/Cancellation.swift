internal import CIsorunSystem
internal import Glibc
internal import IsorunSystem
internal import Synchronization

/// Ends many runs at once from another thread: asked for once they may clean up, asked for twice they are killed.
public final class Cancellation: Sendable {
    /// Readable for ever, once the runs shall end.
    let asked: OwnedDescriptor
    /// Readable for ever, once they shall end at once.
    let forced: OwnedDescriptor
    /// The signal that the jobs get, and that their results name.
    public var signal: Int32 { number.load(ordering: .acquiring) }
    private let number: Atomic<Int32>

    /// Makes one that nobody has asked for; SIGTERM (15) unless another is named.
    public init(signal: Int32 = 15) {
        asked = OwnedDescriptor(isorun_event_create())
        forced = OwnedDescriptor(isorun_event_create())
        number = Atomic(signal)
    }

    /// Asks all runs to end, as a signal asks that isorun was sent.
    public func ask(signal: Int32? = nil) {
        if let signal { number.store(signal, ordering: .releasing) }
        Self.raise(asked.raw)
    }

    /// Whether anybody has asked.
    public var isAsked: Bool {
        var asked = pollfd(fd: asked.raw, events: Int16(POLLIN), revents: 0)
        return unsafe poll(&asked, 1, 0) == 1
    }

    /// Kills all runs.
    public func force() { Self.raise(forced.raw) }

    private static func raise(_ descriptor: Int32) {
        var one: UInt64 = 1
        _ = unsafe write(descriptor, &one, 8)
    }
}
