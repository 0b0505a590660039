internal import IsorunModel
internal import IsorunPlanning
internal import IsorunSystem
internal import Synchronization

/// Containers that are made ahead of their jobs, each used once.
///
/// The first job of a kind starts cold and tells the pool what to make. Everything in the pool ends with this process,
/// however that ends: each init sleeps on a socket whose other end is here.
public final class ContainerPool: Sendable {
    private let state: Mutex<State>
    private let orders = Mailbox<Order>()
    private let threads = Mutex<[WorkerThread]>([])

    fileprivate struct State {
        var demand: PoolDemand<PoolKey>
        var ready: [WarmContainer] = []
        // What has come up since the last job has started.
        var pending: [Order] = []
        // By kind; nil where the host gave no watch. A kind that finds no place here is looked at without.
        var watches: [PoolKey: SourceWatch?] = [:]
    }

    fileprivate enum Order: Sendable {
        case make(PoolKey, Launcher, SourceWatch?)
        case discard(WarmContainer)
    }

    // Two make faster than one as long as the kernel lets them wait, and more only fight for CPUs.
    private static let mostThreads = 2

    /// Makes an empty pool that holds so many containers at most.
    public init(most: Int) {
        state = Mutex(State(demand: PoolDemand(most: most)))
    }

    deinit { close() }

    /// Says how many jobs are still to come, so that none is made in vain at the end.
    public func expect(_ count: Int) { state.withLock { $0.demand.expected = count } }

    /// A container for a job; nil where there is none, and its job starts cold.
    ///
    /// What takes its place is made after ``refill()`` only.
    func take(for launcher: Launcher, isNew: Bool) -> WarmContainer? {
        guard let key = PoolKey(launcher.plan), LateJob.holds(launcher.plan, launcher.filter) else { return nil }
        return state.withLock { $0.take(key, isNew: isNew, launcher) }
    }

    /// Makes what is missing: to be called when a job has started, which would wait for a CPU otherwise.
    func refill() {
        let new = state.withLock { state in
            defer { state.pending = [] }
            state.endWatches()
            return state.pending
        }
        if !new.isEmpty { addThreads() }
        for order in new { orders.put(order) }
    }

    /// Ends all containers that wait, and makes no more.
    public func close() {
        state.withLock { $0.demand.close() }
        orders.close()
        let workers = threads.withLock { threads in
            defer { threads = [] }
            return threads
        }
        for worker in workers { worker.join() }
        let left = state.withLock { state in
            defer { (state.ready, state.pending, state.watches) = ([], [], [:]) }
            return state.ready
        }
        for container in left { container.discard() }
    }

    private func addThreads() {
        threads.withLock { threads in
            while threads.count < Self.mostThreads {
                // Without a thread every job starts cold.
                let (state, orders) = (self, orders)
                guard let thread = try? WorkerThread({ while let order = orders.take() { state.carryOut(order) } })
                else {
                    return
                }
                threads.append(thread)
            }
        }
    }

    private func carryOut(_ order: Order) {
        switch order {
        case .discard(let container): container.discard()
        case .make(let key, let launcher, let watch):
            // Why it cannot be made is told by the job that then starts cold, if there is one.
            let isWanted = state.withLock { !$0.demand.isClosed }
            let made = isWanted ? try? WarmContainer(key, like: launcher, watch) : nil
            state.withLock { state in
                state.demand.end(key, made: made != nil)
                if let made { state.ready.append(made) }
            }
        }
    }
}

extension ContainerPool.State {
    /// Takes a container, and notes what is to be made and what makes room for it.
    fileprivate mutating func take(_ key: PoolKey, isNew: Bool, _ launcher: Launcher) -> WarmContainer? {
        let answer = demand.ask(key, isNew: isNew)
        for other in answer.givenUp {
            if let container = remove(other) { pending.append(.discard(container)) }
        }
        let watch = answer.make > 0 ? watch(key, launcher) : nil
        for _ in 0..<answer.make { pending.append(.make(key, launcher, watch)) }
        return answer.isThere ? remove(key) : nil
    }

    /// Ends the watches where no job is to come any more; they are closed with the pool, when that takes no time.
    fileprivate func endWatches() {
        guard demand.expected == 0, ready.isEmpty else { return }
        for watch in watches.values { watch?.end() }
    }

    private mutating func watch(_ key: PoolKey, _ launcher: Launcher) -> SourceWatch? {
        if let known = watches[key] { return known }
        guard watches.count < Self.mostWatches else { return nil }
        let watch = SourceWatch(launcher.plan.root)
        watches[key] = .some(watch)
        return watch
    }

    // A user may have 128 by default.
    private static let mostWatches = 16

    private mutating func remove(_ key: PoolKey) -> WarmContainer? {
        ready.firstIndex { $0.key == key }.map { ready.remove(at: $0) }
    }
}
