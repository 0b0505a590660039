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

    /// What runs an attempt, on a thread of the runner's.
    ///
    /// It may say, once, that nothing of the attempt computes any more (``RunMachine/clear(_:)``). Where it is handed a
    /// turn it makes ready and waits for that; where the turn does not come it ends as unfinished, and nobody has heard of
    /// it.
    public typealias Execute =
        @Sendable (
            RunMachine.Start, _ turn: Turn?, _ tell: (Event) -> Void, _ clears: @escaping @Sendable () -> Void
        ) -> ItemVerdict

    private struct Order: Sendable {
        let start: RunMachine.Start
        let turn: Turn?
    }

    /// The threads of a run, and who of their items waits for his turn.
    private struct Crew {
        let orders = Mailbox<Order>()
        var threads: [WorkerThread] = []
        var turns: [RunMachine.Start: Turn] = [:]
    }

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
        var crew = Crew()
        defer {
            crew.orders.close()
            for turn in crew.turns.values { turn.fail() }
            for thread in crew.threads { thread.join() }
        }
        var nextTick = Clock.now + interval
        while true {
            let actions = machine.next()
            try begin(actions, machine, &crew)
            tell(actions, hear)
            if machine.isOver { return }
            if machine.runningCount == 0 { continue }
            try answer(inbox.takeAll(until: nextTick), &machine, &crew, hear)
            if Clock.now >= nextTick {
                nextTick = Clock.now + interval
                if case .stop(let reason) = hear(.tick) { machine.cancel(reason) }
            }
        }
    }

    private func begin(
        _ actions: [RunMachine.Action],
        _ machine: RunMachine,
        _ crew: inout Crew
    ) throws(SystemError) {
        for action in actions {
            switch action {
            case .start(let start): try order(Order(start: start, turn: nil), machine, &crew)
            case .prepare(let start):
                let turn = Turn()
                crew.turns[start] = turn
                try order(Order(start: start, turn: turn), machine, &crew)
            case .go(let start): crew.turns.removeValue(forKey: start)?.come()
            case .sendBack(let start): crew.turns.removeValue(forKey: start)?.fail()
            case .leaveOut: break
            }
        }
    }

    private func order(_ order: Order, _ machine: RunMachine, _ crew: inout Crew) throws(SystemError) {
        if machine.runningCount > crew.threads.count { try addThread(&crew) }
        crew.orders.put(order)
    }

    private func tell(_ actions: [RunMachine.Action], _ hear: (Notice) -> Answer) {
        for action in actions {
            switch action {
            case .leaveOut(let item, let reason): _ = hear(.leftOut(item: item, reason: reason))
            case .start(let start), .go(let start): _ = hear(.started(start))
            case .prepare, .sendBack: break
            }
        }
    }

    private func addThread(_ crew: inout Crew) throws(SystemError) {
        let (execute, inbox, orders) = (execute, inbox, crew.orders)
        do throws(SystemError) {
            let thread = try WorkerThread {
                while let order = orders.take() {
                    let start = order.start
                    // What is told in between waits for an end, or the next tick: a sleeper woken for each costs more
                    // than all that is done with it.
                    let tell: (Event) -> Void = { inbox.put(.told(start, $0), wakes: false) }
                    let verdict = execute(start, order.turn, tell) { inbox.put(.clearing(start)) }
                    inbox.put(.ended(start, verdict))
                }
            }
            crew.threads.append(thread)
        } catch {
            if crew.threads.isEmpty { throw error }
        }
    }

    private func answer(
        _ messages: [Message],
        _ machine: inout RunMachine,
        _ crew: inout Crew,
        _ hear: (Notice) -> Answer
    ) throws(SystemError) {
        for message in messages {
            switch message {
            case .clearing(let start): machine.clear(start.item)
            case .ended(let start, let verdict):
                crew.turns[start] = nil
                machine.end(start.item, verdict)
            case .told, .signal: break
            }
        }
        // A signal may keep anything more from starting.
        let isInterrupted = messages.contains { if case .signal = $0 { true } else { false } }
        let actions = isInterrupted ? [] : machine.next()
        try begin(actions, machine, &crew)
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
