/// What the containers of a run have in common: it is made once, by a thread that lives as long as they do.
public final class RunCommons: Sendable {
    let facts = SharedFacts()
    let skeletons = SharedSkeletons()
    let forkServer = ForkServer()
    let filters = SharedFilters()

    /// Makes it before the run has grown, as what clones is as large as this process is now.
    public init() {}

    /// Says how many containers there will be, so that the last of them ends what it takes a while to end.
    public func expect(_ count: Int) { skeletons.expect(count) }

    /// Ends what clones, when the run is over: a signal's handler may keep all that this process has.
    public func close() { forkServer?.end() }
}
