internal import IsorunModel

/// Why isorun itself ends a job: latched before it kills, and never changed after.
enum EndCause: Hashable, Sendable {
    /// The wall clock ran out.
    case wallClock
    /// The CPU time of the container ran out.
    case cpuTime
    /// It wrote more than it may.
    case output
    /// The kernel killed a process of it at its own memory limit, and the job is ended with it.
    case outOfMemory
    /// The filter caught a call.
    case violation(syscall: String)
    /// isorun was told to stop, by this signal.
    case cancelled(signal: Int32)
    /// Somebody asked for its end, by this signal.
    case stopped(signal: Int32)
}

/// The life of a running job as a machine: what happened goes in, what to do comes out.
///
/// It touches nothing itself, so that every order of events can be tried without a container.
struct JobMonitor {
    /// What happened.
    enum Input: Hashable {
        /// The job's execve succeeded, at this time: from now on its own time is bounded, not isorun's.
        case started(at: UInt64)
        /// Init said that the job ended; others may live on.
        case jobExited(othersAlive: Bool)
        /// Those others were looked for.
        case othersSeen(any: Bool)
        /// Init is gone, and with it everything in the container.
        case containerEnded
        /// A limit was passed, or isorun was told to stop.
        case end(EndCause)
        /// Somebody asks for its end: this signal now, and the kill so many nanoseconds later.
        case stop(signal: Int32, grace: UInt64)
        /// Time passed.
        case tick
    }

    /// What is to be done.
    enum Action: Hashable {
        /// The job and its process group get this signal.
        case signalJob(Int32)
        /// Everything in the container is killed.
        case killAll
        /// The processes that live on are looked for, then `othersSeen` is put in.
        case lookForOthers
        /// Init may go; with it goes what lives on.
        case releaseInit
    }

    /// Where a job is.
    enum Phase: Hashable {
        case running
        /// Asked to end; killed when the grace period is over.
        case ending(killAt: UInt64)
        case killed
        /// The job itself has ended; what it had started has a moment to end with it.
        case leaving(until: UInt64, next: UInt64)
        /// The job itself has ended, and what is left ends now.
        case exited
        case ended
    }

    private(set) var phase = Phase.running
    private(set) var cause: EndCause?
    private let gracePeriod: UInt64
    private let timeout: UInt64?
    private var wallDeadline: UInt64

    // What ends by itself once its parent has, as helpers of Python's multiprocessing do, is nothing that was left behind.
    private static let moment: UInt64 = 100_000_000
    private static let lookAgain: UInt64 = 5_000_000
    private static let terminate: Int32 = 15
    private static let killSignal: Int32 = 9

    /// - Parameters are nanoseconds of the monotonic clock.
    init(startedAt now: UInt64, timeout: UInt64?, gracePeriod: UInt64) {
        self.gracePeriod = gracePeriod
        self.timeout = timeout
        wallDeadline = Self.sum(now, timeout)
    }

    /// Whether the job has ended, or was killed.
    var isOver: Bool {
        switch phase {
        case .running, .ending: false
        case .killed, .leaving, .exited, .ended: true
        }
    }

    /// When `tick` has to come next.
    var nextDeadline: UInt64? {
        switch phase {
        case .running: timeout == nil ? nil : wallDeadline
        case .ending(let killAt): killAt
        case .leaving(_, let next): next
        case .killed, .exited, .ended: nil
        }
    }

    /// Takes in what happened at a time and says what to do, in order.
    mutating func handle(_ input: Input, at now: UInt64) -> [Action] {
        switch (phase, input) {
        case (.ended, _): return []
        case (_, .containerEnded):
            phase = .ended
            return []
        case (.leaving, .end(.cancelled)), (.exited, .end(.cancelled)):
            return [.killAll]
        case (.leaving(let until, _), .othersSeen(let any)):
            guard !any || now >= until else { return [] }
            phase = .exited
            return [.releaseInit]
        case (.leaving(let until, let next), .tick) where now >= next:
            phase = .leaving(until: until, next: Self.sum(now, Self.lookAgain))
            return [.lookForOthers]
        case (.leaving, _), (.exited, _): return []
        case (_, .started(let time)):
            wallDeadline = Self.sum(time, timeout)
            return []
        case (_, .jobExited(let othersAlive)):
            // Of one that was ended nobody asks what it left.
            guard othersAlive, cause == nil else {
                phase = .exited
                return othersAlive ? [.releaseInit] : []
            }
            phase = .leaving(until: Self.sum(now, Self.moment), next: Self.sum(now, Self.lookAgain))
            return [.lookForOthers]
        case (.running, .end(let cause)): return end(cause, now)
        case (.running, .stop(let signal, let grace)):
            cause = .stopped(signal: signal)
            return stop(signal, by: Self.sum(now, grace), now)
        case (.ending(let killAt), .stop(let signal, let grace)):
            return stop(signal, by: min(killAt, Self.sum(now, grace)), now)
        case (.running, .tick) where now >= wallDeadline: return end(.wallClock, now)
        case (.ending(let killAt), .tick) where now >= killAt: return kill()
        // A second Ctrl-C, one while it has its time to clean up, or a limit that leaves no time: at once.
        case (.ending, .end(.cancelled)): return kill()
        case (.ending, .end(let cause)) where !Self.isPatient(cause): return kill()
        default: return []
        }
    }

    private mutating func stop(_ signal: Int32, by killAt: UInt64, _ now: UInt64) -> [Action] {
        guard signal != Self.killSignal else { return kill() }
        guard killAt > now else { return [.signalJob(signal)] + kill() }
        phase = .ending(killAt: killAt)
        return [.signalJob(signal)]
    }

    private static func sum(_ time: UInt64, _ duration: UInt64?) -> UInt64 {
        guard let duration else { return .max }

        let (sum, overflow) = time.addingReportingOverflow(duration)
        return overflow ? .max : sum
    }

    // A job that runs out of time or is cancelled may clean up after itself; one that took what it may not have is not
    // asked.
    private static func isPatient(_ cause: EndCause) -> Bool {
        switch cause {
        case .wallClock, .cpuTime, .cancelled, .stopped: true
        case .output, .outOfMemory, .violation: false
        }
    }

    private mutating func end(_ cause: EndCause, _ now: UInt64) -> [Action] {
        self.cause = cause
        guard Self.isPatient(cause), gracePeriod > 0 else { return kill() }
        phase = .ending(killAt: Self.sum(now, gracePeriod))
        if case .cancelled(let signal) = cause { return [.signalJob(signal)] }
        return [.signalJob(Self.terminate)]
    }

    private mutating func kill() -> [Action] {
        phase = .killed
        return [.killAll]
    }
}
