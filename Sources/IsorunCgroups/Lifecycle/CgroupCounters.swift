public import IsorunModel

/// What the kernel counted for a job; read it when the group is empty, before it is removed.
public struct CgroupCounters: Hashable, Sendable {
    /// Peaks and sums; the kinds of memory are ``MemorySample``'s.
    public var usage = ResourceUsage()
    /// Events.
    public var events = EventCounts()
    /// Whether memory reached the job's own limit, so that an OOM kill was the job's and not the host's.
    public var reachedOwnMemoryLimit: Bool?
    /// Forks refused at an outer cgroup's limit, not at the job's own; nil where the kernel cannot say.
    public var outerPidsLimitHits: UInt64?

    /// Makes counters that say nothing.
    public init() {}
}

/// Memory by kind, at one moment, in bytes; the kinds do not overlap.
///
/// Nil where the kernel cannot say.
public struct MemorySample: Hashable, Sendable {
    /// Anonymous memory: `anon`, v1 `rss`.
    public var anonymous: UInt64?
    /// Page cache without tmpfs: `file` less `shmem`, v1 `cache` less `shmem`.
    public var file: UInt64?
    /// tmpfs and shared memory: `shmem`.
    public var shmem: UInt64?
    /// Kernel memory: `kernel` (5.18), v1 `memory.kmem.usage_in_bytes`.
    public var kernel: UInt64?
    /// Swap: `memory.swap.current`, v1 `swap`.
    public var swap: UInt64?

    /// Makes a sample that says nothing.
    public init() {}
}

extension ResourceUsage {
    /// Takes what is higher than anything sampled before.
    public mutating func raise(to sample: MemorySample) {
        Self.raise(&memoryAnonBytes, sample.anonymous)
        Self.raise(&memoryFileBytes, sample.file)
        Self.raise(&memoryShmemBytes, sample.shmem)
        Self.raise(&memoryKernelBytes, sample.kernel)
        Self.raise(&swapPeakBytes, sample.swap)
    }

    private static func raise(_ value: inout UInt64?, _ sample: UInt64?) {
        guard let sample else { return }
        value = max(value ?? 0, sample)
    }
}
