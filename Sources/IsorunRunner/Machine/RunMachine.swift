/// A run as a machine: what ended goes in, what to start comes out.
///
/// It touches nothing and knows no container, so that every order of events can be tried. Items start while their CPUs
/// and memory fit into the host's; an item that fits nowhere runs when nothing else does.
public struct RunMachine: Sendable {
    /// What is to be done.
    public enum Action: Hashable, Sendable {
        /// An attempt starts.
        case start(Start)
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
    private var progress: [Progress]
    private var queue: [Int]
    private var blocked: Set<Int>
    private var alone: [Int] = []
    private var running: [Int: Start] = [:]
    private var runsAlone = false
    private var usedCPUs = 0.0
    private var usedMemory: UInt64 = 0
    private var passedOver = 0
    private var stop: String?
    private var firstQueued = 0
    /// Items that failed at last.
    public private(set) var failures = 0

    // A large item is not passed over for ever by small ones that always fit.
    private static let patience = 64

    /// Makes a machine; `done` are items that an earlier run has finished, with whether they passed.
    public init(items: [RunItem], policy: RunPolicy, done: [Int: Bool] = [:]) {
        self.items = items
        self.policy = policy
        progress = items.map { _ in Progress() }
        for (item, passed) in done {
            progress[item].isDone = true
            progress[item].passed = passed
        }
        let order = RunOrder.indices(of: items, seed: policy.seed).filter { done[$0] == nil }
        blocked = Set(order.filter { !items[$0].needs.isEmpty })
        queue = order.filter { items[$0].needs.isEmpty }
    }

    /// Whether nothing runs and nothing will.
    public var isOver: Bool { running.isEmpty && queue.count == firstQueued && alone.isEmpty && blocked.isEmpty }
    /// How many run now.
    public var runningCount: Int { running.count }

    /// What can be done now: call it at the beginning and after each ``end(_:_:)`` and ``cancel(_:)``.
    public mutating func next() -> [Action] {
        var actions = releaseBlocked()
        if let stop {
            actions += leaveOutAll(stop)
            return actions
        }
        while let item = choose() { actions.append(.start(begin(item))) }
        return actions
    }

    /// An attempt has ended.
    public mutating func end(_ item: Int, _ verdict: ItemVerdict) {
        guard let start = running.removeValue(forKey: item) else { return }
        usedCPUs -= items[item].cpus
        usedMemory -= items[item].memory ?? 0
        runsAlone = false
        switch verdict {
        case .unfinished:
            progress[item].attempt -= 1
            requeue(item)
        case .hostOutOfMemory where !progress[item].wasAlone:
            progress[item].wasAlone = true
            progress[item].attempt -= 1
            alone.append(item)
        case .failed, .hostOutOfMemory:
            if start.attempt <= items[item].retries ?? policy.retries && stop == nil {
                requeue(item)
            } else {
                fail(item)
            }
        case .cancelled: finish(item, passed: false)
        case .passed: pass(item)
        }
    }

    /// Nothing new starts, for this reason.
    public mutating func cancel(_ reason: String) {
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
        let limit = policy.untilFail ? 1 : policy.maxFail
        if let limit, failures >= limit {
            stop = stop ?? (limit == 1 ? "a test before it failed" : "\(failures) tests before it failed")
        }
        let isLast = policy.rounds.map { progress[item].round >= $0 } ?? false
        guard !isLast, stop == nil else { return finish(item, passed: false) }
        nextRound(item)
    }

    // The next round comes after all that waits: a round is a round of the whole run.
    private mutating func nextRound(_ item: Int) {
        progress[item].round += 1
        progress[item].attempt = 0
        progress[item].wasAlone = false
        queue.append(item)
    }

    private mutating func finish(_ item: Int, passed: Bool) {
        progress[item].isDone = true
        progress[item].passed = progress[item].passed && passed
    }

    private mutating func requeue(_ item: Int) {
        if firstQueued > 0 {
            firstQueued -= 1
            queue[firstQueued] = item
        } else {
            queue.insert(item, at: 0)
        }
    }

    private mutating func releaseBlocked() -> [Action] {
        var actions: [Action] = []
        var changed = true
        while changed {
            changed = false
            for item in blocked.sorted() {
                if let failed = items[item].needs.first(where: { progress[$0].isDone && !progress[$0].passed }) {
                    blocked.remove(item)
                    finish(item, passed: false)
                    actions.append(.leaveOut(item: item, reason: "it needs \(items[failed].name), which did not pass"))
                    changed = true
                } else if items[item].needs.allSatisfy({ progress[$0].isDone }) {
                    blocked.remove(item)
                    queue.append(item)
                }
            }
        }
        return actions
    }

    private mutating func leaveOutAll(_ reason: String) -> [Action] {
        let left = queue[firstQueued...] + alone + blocked.sorted()
        queue = []
        firstQueued = 0
        alone = []
        blocked = []
        var actions: [Action] = []
        for item in left {
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
        guard firstQueued < queue.count, running.count < policy.jobs ?? .max else { return nil }
        for index in firstQueued..<queue.count {
            let item = queue[index]
            guard fits(item) else {
                if index == firstQueued && passedOver >= Self.patience { return nil }
                continue
            }
            if index == firstQueued {
                passedOver = 0
                firstQueued += 1
                if firstQueued > 1024 && firstQueued * 2 > queue.count {
                    queue.removeFirst(firstQueued)
                    firstQueued = 0
                }
            } else {
                passedOver += 1
                queue.remove(at: index)
            }
            return item
        }
        return nil
    }

    private func fits(_ item: Int) -> Bool {
        if running.isEmpty { return true }
        let memory = items[item].memory ?? 0
        return usedCPUs + items[item].cpus <= policy.hostCPUs + 1e-9
            && memory <= policy.hostMemory && usedMemory <= policy.hostMemory - memory
    }

    private mutating func begin(_ item: Int) -> Start {
        progress[item].attempt += 1
        usedCPUs += items[item].cpus
        usedMemory += items[item].memory ?? 0
        let start = Start(item: item, attempt: progress[item].attempt, round: progress[item].round)
        running[item] = start
        return start
    }
}
