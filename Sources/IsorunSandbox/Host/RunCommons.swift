internal import Synchronization

/// What the containers of a run have in common: it is made once, by a thread that lives as long as they do.
public final class RunCommons: Sendable {
    let facts = SharedFacts()
    let plans = SharedPlans()
    let skeletons = SharedSkeletons()
    let watch = SharedWatch()
    let programs = SharedPrograms()
    let filters = SharedFilters()
    let forkServer = ForkServer()
    // How many containers are still to begin, where that is known.
    private let expected = Mutex<Int?>(nil)

    /// Makes it before the run has grown, as what clones is as large as this process is now.
    public init() {}

    /// Says how many containers there will be, so that the last of them ends what it takes a while to end.
    public func expect(_ count: Int) { expected.withLock { $0 = count } }

    /// A container is there, and its job begins.
    func noteBegin() {
        let left = expected.withLock { left in
            left = left.map { $0 - 1 }
            return left
        }
        guard left == 0 else { return }
        skeletons.end()
        watch.end()
    }

    /// Ends what clones, when the run is over: a signal's handler may keep all that this process has.
    public func close() { forkServer?.end() }
}
