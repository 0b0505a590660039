/// What a job used, from its cgroup; nil where this host cannot say, never 0.
public struct ResourceUsage: Hashable, Sendable {
    /// The highest charge: page cache, tmpfs and kernel memory included (`memory.peak`, `memory.max_usage_in_bytes`).
    public var memoryPeakBytes: UInt64?
    /// Highest sampled anonymous memory.
    public var memoryAnonBytes: UInt64?
    /// Highest sampled page cache.
    public var memoryFileBytes: UInt64?
    /// Highest sampled tmpfs and shared memory.
    public var memoryShmemBytes: UInt64?
    /// Highest sampled kernel memory.
    public var memoryKernelBytes: UInt64?
    /// The highest charge of swap.
    public var swapPeakBytes: UInt64?
    /// CPU time of all processes.
    public var cpuUs: UInt64?
    /// CPU time in user mode.
    public var cpuUserUs: UInt64?
    /// CPU time in the kernel.
    public var cpuSystemUs: UInt64?
    /// Time in which runnable tasks were held back by the CPU bandwidth.
    public var cpuThrottledUs: UInt64?
    /// Most tasks at a time, without init.
    public var pidsPeak: UInt64?
    /// Bytes read from block devices.
    public var ioReadBytes: UInt64?
    /// Bytes written to block devices; buffered writes may be missing on cgroup v1.
    public var ioWriteBytes: UInt64?
    /// Most bytes seen in the writable layer.
    public var diskPeakBytes: UInt64?

    /// Makes usage that says nothing.
    public init() {}
}

/// The limits that were in force; nil where there was none.
public struct EffectiveLimits: Hashable, Sendable {
    /// Memory of the whole container.
    public var memoryBytes: UInt64?
    /// CPU bandwidth in CPUs.
    public var cpus: Double?
    /// Tasks in the container, without init.
    public var pids: UInt64?
    /// Wall clock.
    public var timeoutMs: UInt64?
    /// CPU time.
    public var cpuTimeMs: UInt64?
    /// Size of the writable layer.
    public var diskBytes: UInt64?
    /// Files in the writable layer.
    public var inodes: UInt64?
    /// Bytes of output.
    public var outputBytes: UInt64?

    /// Makes limits that bound nothing.
    public init() {}
}

/// The host in a few words, for the result document.
public struct HostSummary: Hashable, Sendable {
    /// The kernel's release.
    public var kernel: String
    /// `v1`, `v2`, `hybrid`, or `none`.
    public var cgroup: String
    /// Whether isorun ran without root.
    public var rootless: Bool

    /// Makes a summary.
    public init(kernel: String, cgroup: String, rootless: Bool) {
        self.kernel = kernel
        self.cgroup = cgroup
        self.rootless = rootless
    }
}
