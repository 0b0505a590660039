import Glibc
import IsorunSandbox
import IsorunSystem
import Synchronization

/// What the signals that isorun is sent do, from before it builds until its reports are whole: the first asks all jobs
/// to end, the second kills them.
///
/// The thread that tells everything hears of each, unless it waits for somebody to read what it writes, and nobody does.
/// Three that it has not heard of in a second end this process, whose reports are then those of a killed one.
final class Interruption: Sendable {
    /// What the jobs are ended by.
    let cancellation = Cancellation()

    private struct Signals {
        var sent: [Int32] = []
        var heard = 0
        /// When the first came that was not heard.
        var unheardSince: UInt64 = 0
        var isLetGo = false
        var listener: (@Sendable (Int32) -> Void)?
    }

    private let signals = Mutex(Signals())
    private let end: @Sendable (Int32) -> Void
    private static let patience: UInt64 = 1_000_000_000

    /// - Parameter end: what ends this process in the middle of whatever it does.
    init(end: @escaping @Sendable (Int32) -> Void) { self.end = end }

    /// A signal came: called by the thread that waits for them.
    ///
    /// - Parameters:
    ///   - number: the signal.
    ///   - now: nanoseconds of the monotonic clock.
    func come(_ number: Int32, at now: UInt64 = Clock.now) {
        let (count, isStuck, isLetGo) = signals.withLock { signals in
            if signals.sent.count == signals.heard { signals.unheardSince = now }
            signals.sent.append(number)
            // Before a job can end by it: whose end is heard first would have the next one start.
            signals.listener?(number)
            let isLate = now - signals.unheardSince >= Self.patience
            return (signals.sent.count, isLate && signals.sent.count >= signals.heard + 3, signals.isLetGo)
        }
        if isLetGo { return end(number) }
        if isStuck {
            Self.tellStuck()
            end(number)
        }
        count == 1 ? cancellation.ask(signal: number) : cancellation.force()
    }

    /// Tells of each signal, those first that came already.
    func listen(_ listener: @escaping @Sendable (Int32) -> Void) {
        signals.withLock { signals in
            signals.sent.forEach(listener)
            signals.listener = listener
        }
    }

    /// Whoever tells everything has heard of one.
    func hear() { signals.withLock { $0.heard += 1 } }

    /// Whether whoever tells everything has heard of any.
    var isHeard: Bool { signals.withLock { $0.heard > 0 } }

    /// Whether any came.
    var isAsked: Bool { signals.withLock { !$0.sent.isEmpty } }

    /// From here on a signal ends this process at once: what it does may wait for somebody for ever, and nothing of it
    /// has to be told.
    func letGo() { signals.withLock { $0.isLetGo = true } }

    /// From here on signals are heard again.
    func hold() { signals.withLock { $0.isLetGo = false } }

    private static func tellStuck() {
        // Stderr may be what nobody reads.
        var stderr = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
        if unsafe poll(&stderr, 1, 0) == 1 {
            Say.error("ended before the reports are whole: nobody reads what it writes")
        }
    }

    /// Ends this process as the signal does that nobody waits for.
    static func die(by number: Int32) {
        var mine = sigset_t()
        unsafe sigemptyset(&mine)
        unsafe sigaddset(&mine, number)
        Glibc.signal(number, SIG_DFL)
        unsafe pthread_sigmask(SIG_UNBLOCK, &mine, nil)
        raise(number)
    }
}
