public import IsorunSystem

/// Runs items on threads of its own, as ``RunMachine`` says, and tells everything on the calling thread in one order.
///
/// What an item is and what a container is, it does not know: `execute` runs one attempt to its end and returns how it
/// ended. What follows an item starts before its end is told, so that nobody waits for those who hear; results that wait
/// to be told are at most twice as many as items run at a time, however many there are.
public struct Runner<Event: Sendable>: Sendable {
    /// What the calling thread hears.
    public enum Notice: Sendable {
        /// An attempt begins.
        case started(RunMachine.Start)
        /// Something that an attempt told.
        case told(RunMachine.Start, Event)
        /// An attempt has ended.
        case ended(RunMachine.Start, ItemVerdict)
        /// An item does not run, and why.
        case leftOut(item: Int, reason: String)
        /// Time has passed.
        case tick
        /// This process was sent a signal.
        case signal(Int32)
    }

    /// What `hear` may ask for.
    public enum Answer: Sendable {
        /// To go on.
        case goOn
        /// To start nothing more, for this reason.
        case stop(String)
    }

    private enum Message: Sendable {
        case told(RunMachine.Start, Event)
        case clearing(RunMachine.Start)
        case ended(RunMachine.Start, ItemVerdict)
        case signal(Int32)
    }

    /// What runs an attempt, on a thread of the runner's: it may say, once, that nothing of the attempt computes any more
    /// (``RunMachine/clear(_:)``).
    public typealias Execute =
        @Sendable (
            RunMachine.Start, _ tell: (Event) -> Void, _ clears: @escaping @Sendable () -> Void
        ) -> ItemVerdict

    private let execute: Execute
    private let inbox = Mailbox<Message>()
    /// How often `tick` comes, in nanoseconds.
    public var interval: UInt64 = 100_000_000

    /// Makes a runner.
    public init(execute: @escaping Execute) { self.execute = execute }

    /// Passes a signal on to whoever hears; from any thread.
    public func signal(_ number: Int32) { inbox.put(.signal(number)) }

    /// Runs everything that the machine wants run.
    ///
    /// - Throws: where no thread can be started at all; with fewer than wanted the run goes on.
    public func run(_ machine: inout RunMachine, hear: (Notice) -> Answer) throws(SystemError) {
        let orders = Mailbox<RunMachine.Start>()
        var threads: [WorkerThread] = []
        defer {
            orders.close()
            for thread in threads { thread.join() }
        }
        var nextTick = Clock.now + interval
        while true {
            let actions = machine.next()
            try begin(actions, machine, &threads, orders)
            tell(actions, hear)
            if machine.isOver { return }
            if machine.runningCount == 0 { continue }
            try answer(inbox.takeAll(until: nextTick), &machine, &threads, orders, hear)
            if Clock.now >= nextTick {
                nextTick = Clock.now + interval
                if case .stop(let reason) = hear(.tick) { machine.cancel(reason) }
            }
        }
    }

    private func begin(
        _ actions: [RunMachine.Action],
        _ machine: RunMachine,
        _ threads: inout [WorkerThread],
        _ orders: Mailbox<RunMachine.Start>
    ) throws(SystemError) {
        for case .start(let start) in actions {
            if machine.runningCount > threads.count { try addThread(&threads, orders) }
            orders.put(start)
        }
    }

    private func tell(_ actions: [RunMachine.Action], _ hear: (Notice) -> Answer) {
        for action in actions {
            switch action {
            case .leaveOut(let item, let reason): _ = hear(.leftOut(item: item, reason: reason))
            case .start(let start): _ = hear(.started(start))
            }
        }
    }

    private func addThread(_ threads: inout [WorkerThread], _ orders: Mailbox<RunMachine.Start>) throws(SystemError) {
        let (execute, inbox) = (execute, inbox)
        do throws(SystemError) {
            let thread = try WorkerThread {
                while let start = orders.take() {
                    // What is told in between waits for an end, or the next tick: a sleeper woken for each costs more
                    // than all that is done with it.
                    let tell: (Event) -> Void = { inbox.put(.told(start, $0), wakes: false) }
                    let verdict = execute(start, tell) { inbox.put(.clearing(start)) }
                    inbox.put(.ended(start, verdict))
                }
            }
            threads.append(thread)
        } catch {
            if threads.isEmpty { throw error }
        }
    }

    private func answer(
        _ messages: [Message],
        _ machine: inout RunMachine,
        _ threads: inout [WorkerThread],
        _ orders: Mailbox<RunMachine.Start>,
        _ hear: (Notice) -> Answer
    ) throws(SystemError) {
        for message in messages {
            switch message {
            case .clearing(let start): machine.clear(start.item)
            case .ended(let start, let verdict): machine.end(start.item, verdict)
            case .told, .signal: break
            }
        }
        // A signal may keep anything more from starting.
        let isInterrupted = messages.contains { if case .signal = $0 { true } else { false } }
        let actions = isInterrupted ? [] : machine.next()
        try begin(actions, machine, &threads, orders)
        for message in messages {
            let answer =
                switch message {
                case .told(let start, let event): hear(.told(start, event))
                case .clearing: Answer.goOn
                case .signal(let number): hear(.signal(number))
                case .ended(let start, let verdict): hear(.ended(start, verdict))
                }
            if case .stop(let reason) = answer { machine.cancel(reason) }
        }
        tell(actions, hear)
    }
}
