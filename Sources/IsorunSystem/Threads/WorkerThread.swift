internal import CIsorunSystem
internal import Glibc
internal import SystemPackage

/// A thread of this process's own for what blocks: the cooperative pool has as many threads as there are CPUs.
@safe public struct WorkerThread {
    private let thread: pthread_t

    /// Starts a thread: `pthread_create(3)`.
    public init(_ body: @escaping @Sendable () -> Void) throws(SystemError) {
        let box = unsafe Unmanaged.passRetained(Body(body)).toOpaque()
        var made = pthread_t()
        let result = unsafe pthread_create(
            &made,
            nil,
            { argument in
                if let argument = unsafe argument {
                    unsafe Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
                }
                return nil
            },
            box
        )
        guard result == 0 else {
            unsafe Unmanaged<Body>.fromOpaque(box).release()
            throw SystemError("start a thread", "", .init(rawValue: result))
        }
        thread = made
    }

    /// Waits for its end: `pthread_join(3)`.
    public func join() {
        _ = pthread_join(thread, nil)
    }

    private final class Body: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }
}

/// Signals that are heard by a thread of their own, and by nobody else; those that this process was started to ignore, as
/// by nohup(1), are left alone.
public enum HeardSignals {
    /// Holds these signals back from the calling thread and from every thread it starts from now on, and tells each that
    /// comes.
    ///
    /// - Parameters:
    ///   - numbers: the signals.
    ///   - tell: is called on a thread of its own: `sigwait(3)`.
    /// - Throws: where that thread cannot be started.
    public static func hear(_ numbers: [Int32], tell: @escaping @Sendable (Int32) -> Void) throws(SystemError) {
        let mine = block(numbers)
        _ = try WorkerThread {
            var mine = mine
            while true {
                var signal: Int32 = 0
                if unsafe sigwait(&mine, &signal) == 0 { tell(signal) }
            }
        }
    }

    private static func block(_ numbers: [Int32]) -> sigset_t {
        var set = sigset_t()
        unsafe isorun_signal_set(numbers, Int32(numbers.count), &set)
        unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
        return set
    }
}
