/// A run as a machine: what ended goes in, what to start comes out.
///
/// It touches nothing and knows no container, so that every order of events can be tried. Items start while their CPUs
/// and memory fit into the host's; an item that fits nowhere runs when nothing else does.
public struct RunMachine: Sendable {
    /// What is to be done.
    public enum Action: Hashable, Sendable {
        /// An attempt starts.
        case start(Start)
        /// An attempt is made ready, and waits for its turn.
        case prepare(Start)
        /// The turn of one that was made ready has come.
        case go(Start)
        /// One that was made ready goes away; it ends as unfinished.
        case sendBack(Start)
        /// An item will not run, and why.
        case leaveOut(item: Int, reason: String)
    }

    /// An attempt of an item.
    public struct Start: Hashable, Sendable {
        /// Which item.
        public var item: Int
        /// Which attempt of it, from 1.
        public var attempt: Int
        /// Which round of it, from 1.
        public var round: Int

        /// Makes a start.
        public init(item: Int, attempt: Int, round: Int) {
            self.item = item
            self.attempt = attempt
            self.round = round
        }
    }

    private struct Progress {
        var attempt = 0
        var round = 1
        var wasAlone = false
        var isDone = false
        var passed = true
    }

    private let items: [RunItem]
    private let policy: RunPolicy
    private let order: [Int]
    /// The place of each in the order.
    private let rank: [Int]
    private var progress: [Progress]
    private var line: WaitingLine
    private var needs: Needs
    private var ended: [Int] = []
    private var hasNews = true
    private var alone: [Int] = []
    private var running: [Int: Start] = [:]
    // Of those that run: nothing of them computes any more.
    private var clearing: Set<Int> = []
    // Of those that run: they are made ready only, in the order in which they are to start.
    private var ready: [Int] = []
    private var sentBack: Set<Int> = []
    private var runsAlone = false
    private var room: Room
    private var stop: String?
    /// Items that failed at last.
    public private(set) var failures = 0

    /// What an earlier run has finished of an item.
    public struct Done: Hashable, Sendable {
        /// Rounds that have ended, from the first on.
        public var rounds: Int
        /// How many of them failed.
        public var failures: Int

        /// Makes a record.
        public init(rounds: Int = 1, failures: Int = 0) {
            self.rounds = rounds
            self.failures = failures
        }
    }

    /// Makes a machine; `done` is what an earlier run has finished, by item.
    public init(items: [RunItem], policy: RunPolicy, done: [Int: Done] = [:]) {
        self.items = items
        self.policy = policy
        room = Room(policy)
        progress = items.map { _ in Progress() }
        for (item, earlier) in done {
            progress[item].isDone = policy.rounds.map { earlier.rounds >= $0 } ?? false
            progress[item].round = earlier.rounds + 1
            progress[item].passed = earlier.failures == 0
            failures += earlier.failures
        }
        let order = RunOrder.indices(of: items, seed: policy.seed)
        var rank = order
        for (place, item) in order.enumerated() { rank[item] = place }
        (self.order, self.rank) = (order, rank)
        let isDone = progress.map(\.isDone)
        let waiting = order.filter { !isDone[$0] }
        needs = Needs(items, waiting: waiting)
        line = WaitingLine(waiting.filter { items[$0].needs.isEmpty })
        ended = done.filter { $0.value.rounds > 0 }.keys.sorted()
        stopAfterFailures()
    }

    /// How many attempts there will be where each passes, to be asked before the first; nil where the run goes on until
    /// one fails.
    public var expected: Int? {
        policy.rounds.map { rounds in progress.reduce(0) { $0 + max(rounds + 1 - $1.round, 0) } }
    }

    /// Whether nothing runs and nothing will.
    public var isOver: Bool { running.isEmpty && line.isEmpty && alone.isEmpty && needs.isEmpty }
    /// How many run now.
    public var runningCount: Int { running.count }

    /// What can be done now: call it at the beginning and after each ``clear(_:)``, ``end(_:_:)`` and ``cancel(_:)``.
    public mutating func next() -> [Action] {
        guard hasNews else { return [] }
        hasNews = false
        var actions = releaseWaiting()
        if let stop {
            actions += sendAllBack()
            // They are left out with the others, in their place.
            return sentBack.isEmpty ? actions + leaveOutAll(stop) : actions
        }
        while let start = chooseReady() { actions.append(.go(start)) }
        // Nobody overtakes those that are ready.
        while ready.isEmpty, let item = choose() { actions.append(.start(begin(item))) }
        while let item = chooseAhead() { actions.append(.prepare(prepare(item))) }
        return actions
    }

    /// Nothing of an attempt computes any more; what it ran in is still to be cleared away, and its end to be told.
    ///
    /// Others may start in its place: its CPUs are free, and its memory is not. Where only one is to run at a time, or
    /// where its end may keep others from starting, they wait for that.
    public mutating func clear(_ item: Int) {
        guard computing.contains(item), !runsAlone, !policy.isInTurn else { return }
        clearing.insert(item)
        hasNews = true
        room.giveBackCPUs(items[item])
    }

    /// An attempt has ended.
    public mutating func end(_ item: Int, _ verdict: ItemVerdict) {
        guard let start = running.removeValue(forKey: item) else { return }
        hasNews = true
        if sentBack.remove(item) != nil || dropReady(item) {
            room.takeBackPromise(items[item])
        } else {
            room.giveBack(items[item], hasCPUs: clearing.remove(item) == nil)
        }
        runsAlone = false
        switch verdict {
        case .unfinished:
            progress[item].attempt -= 1
            line.putBack(item)
        case .hostOutOfMemory where !progress[item].wasAlone:
            progress[item].wasAlone = true
            progress[item].attempt -= 1
            alone.append(item)
        case .failed, .hostOutOfMemory:
            if start.attempt <= items[item].retries ?? policy.retries && stop == nil {
                line.putBack(item)
            } else {
                fail(item)
            }
        case .cancelled: finish(item, passed: false)
        case .passed: pass(item)
        }
    }

    /// Nothing new starts, for this reason.
    public mutating func cancel(_ reason: String) {
        hasNews = true
        stop = stop ?? reason
    }

    private mutating func pass(_ item: Int) {
        let isLast = policy.rounds.map { progress[item].round >= $0 } ?? false
        guard !isLast, stop == nil else { return finish(item, passed: true) }
        nextRound(item)
    }

    private mutating func fail(_ item: Int) {
        failures += 1
        progress[item].passed = false
        stopAfterFailures()
        let isLast = policy.rounds.map { progress[item].round >= $0 } ?? false
        guard !isLast, stop == nil else { return finish(item, passed: false) }
        nextRound(item)
    }

    private mutating func stopAfterFailures() {
        guard let limit = policy.untilFail ? 1 : policy.maxFail, failures >= limit else { return }
        stop = stop ?? (limit == 1 ? "a test before it failed" : "\(failures) tests before it failed")
    }

    // The next round comes after all that waits: a round is a round of the whole run. What needs this item waits for
    // its first round only.
    private mutating func nextRound(_ item: Int) {
        if progress[item].round == 1 { ended.append(item) }
        progress[item].round += 1
        progress[item].attempt = 0
        progress[item].wasAlone = false
        line.append([item])
    }

    private mutating func finish(_ item: Int, passed: Bool) {
        progress[item].isDone = true
        progress[item].passed = progress[item].passed && passed
        ended.append(item)
    }

    private mutating func releaseWaiting() -> [Action] {
        var actions: [Action] = []
        var next = 0
        while next < ended.count {
            let item = ended[next]
            next += 1
            let (free, lost) = needs.end(item, passed: progress[item].passed)
            lineUp(free)
            for (item, fault) in lost {
                actions.append(.leaveOut(item: item, reason: "it needs \(items[fault].name), which did not pass"))
                finish(item, passed: false)
            }
        }
        ended = []
        return actions
    }

    // In the place that the order gives them, as if they had never waited; later rounds come behind.
    private mutating func lineUp(_ free: [Int]) {
        let (progress, rank) = (progress, rank)
        line.merge(free.sorted { rank[$0] < rank[$1] }) { progress[$1].round > 1 || rank[$0] < rank[$1] }
    }

    private mutating func leaveOutAll(_ reason: String) -> [Action] {
        let left = Set(line.all + alone + needs.all)
        if left.isEmpty { return [] }
        line.removeAll()
        alone = []
        needs.removeAll()
        var actions: [Action] = []
        for item in order where left.contains(item) {
            finish(item, passed: false)
            // One that has run before has its results; another round or attempt of it is no item of its own.
            if progress[item].round == 1 && progress[item].attempt == 0 {
                actions.append(.leaveOut(item: item, reason: reason))
            }
        }
        return actions
    }

    private mutating func choose() -> Int? {
        guard !runsAlone else { return nil }
        if let item = alone.first {
            guard running.isEmpty else { return nil }
            alone.removeFirst()
            runsAlone = true
            return item
        }
        guard mayStart else { return nil }
        let (room, items) = (room, items)
        return line.take { room.fits(items[$0]) }
    }

    private var computing: [Int] {
        running.keys.filter { !clearing.contains($0) && !ready.contains($0) && !sentBack.contains($0) }
    }

    // No more are cleared away than could run, so that they do not pile up behind a host that is slow at it.
    private var mayStart: Bool { computing.count < policy.jobs ?? .max && clearing.count <= policy.lanes }

    private mutating func chooseReady() -> Start? {
        guard let item = ready.first, !runsAlone, mayStart, room.fits(items[item]) else { return nil }
        ready.removeFirst()
        room.takeBackPromise(items[item])
        room.take(items[item])
        return running[item]
    }

    /// What is made ready has to fit in the place of any one that computes, so that its turn comes with the next end.
    private mutating func chooseAhead() -> Int? {
        guard alone.isEmpty, !runsAlone, ready.count < policy.ahead else { return nil }
        let (room, items) = (room, items)
        let computing = computing
        guard let leastCPUs = computing.map({ items[$0].cpus }).min() else { return nil }
        let leastMemory = computing.map { items[$0].memory ?? 0 }.min() ?? 0
        return line.take { item in
            // What is made ready has its ports already, and those that run may have the same.
            guard items[item].cpus <= leastCPUs, items[item].claims.isEmpty else { return false }
            return items[item].memory ?? 0 <= leastMemory || room.mayPromise(items[item])
        }
    }

    private mutating func prepare(_ item: Int) -> Start {
        room.promise(items[item])
        ready.append(item)
        return attempt(item)
    }

    private mutating func sendAllBack() -> [Action] {
        defer {
            sentBack.formUnion(ready)
            ready = []
        }
        return ready.compactMap { running[$0] }.map { .sendBack($0) }
    }

    // One that could not be made ready has ended before its turn.
    private mutating func dropReady(_ item: Int) -> Bool {
        guard let place = ready.firstIndex(of: item) else { return false }
        ready.remove(at: place)
        return true
    }

    private mutating func begin(_ item: Int) -> Start {
        room.take(items[item])
        return attempt(item)
    }

    private mutating func attempt(_ item: Int) -> Start {
        progress[item].attempt += 1
        let start = Start(item: item, attempt: progress[item].attempt, round: progress[item].round)
        running[item] = start
        return start
    }
}
