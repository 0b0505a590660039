internal import CIsorunSystem
internal import Glibc

/// What tells isorun to end: each would end it by default, without a report and with a terminal in raw mode.
public enum EndingSignals {
    /// Their numbers.
    public static let all = [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGALRM]
}

/// Signals that wait, as long as this value lives: blocked in the calling thread, `sigprocmask(2)`.
///
/// Those that were blocked before stay so, and those that whoever started this process ignores stay ignored.
public struct HeldSignals: ~Copyable {
    private let blocked: UInt64

    /// Lets these signals wait.
    public init(_ signals: [Int32]) {
        blocked = unsafe isorun_block_signals(signals, Int32(signals.count))
    }

    deinit {
        isorun_unblock_signals(blocked)
    }
}

/// Signals as something to read: `signalfd(2)`; they are held as long as this value lives.
public struct SignalSource: ~Copyable {
    /// What to wait for.
    public let descriptor: OwnedDescriptor
    private let held: HeldSignals

    /// Takes these signals over.
    public init(_ signals: [Int32]) throws(SystemError) {
        held = HeldSignals(signals)
        let result = unsafe isorun_signal_descriptor(signals, Int32(signals.count))
        descriptor = try OwnedDescriptor(result, "take signals over")
    }

    /// The next signal that came, if one did.
    public func next() -> Int32? {
        let signal = isorun_signal_next(descriptor.raw)
        return signal > 0 ? signal : nil
    }
}
