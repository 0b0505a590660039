/// What a run of many jobs keeps of the host from one to the next, as long as the host does not change.
public final class HostMemory: Sendable {
    let skeletons = SharedSkeletons()

    /// Remembers nothing yet.
    public init() {}
}
