public import IsorunModel

/// What a job's cgroup is held to; nil is no limit.
public struct CgroupLimits: Hashable, Sendable {
    /// Bytes of memory: `memory.max`, `memory.limit_in_bytes`.
    public var memory: UInt64?
    /// Bytes of memory plus swap; nil is the same as ``memory``, so no swap, and `UInt64.max` is any amount of swap.
    public var memorySwap: UInt64?
    /// CPU bandwidth in CPUs: `cpu.max`, `cpu.cfs_quota_us`.
    public var cpus: Double?
    /// CPUs the job is pinned to: `cpuset.cpus`.
    public var cpuset: CPUSet?
    /// Tasks of the job, without init: `pids.max`.
    public var pids: UInt64?
    /// Disk bandwidth: `io.max`, `blkio.throttle.*_bps_device`.
    public var io: [IOLimit] = []
    /// Whether an OOM kill ends the whole group: `memory.oom.group`; on v1 the keeper has to do it.
    public var oomGroup = true
    /// Tasks of isorun itself in the group: 1 with init, 0 with `--no-init`.
    public var ownTasks: UInt64 = 1
    /// Whether memory may be limited although this kernel does not account swap; `--allow-unenforced swap`.
    public var allowsUnlimitedSwap = false

    /// Makes limits that bound nothing.
    public init() {}
}

extension CgroupLimits {
    /// The period of the CPU bandwidth in microseconds.
    static let cpuPeriod: UInt64 = 100_000

    /// The share of a period that the group may run, in microseconds; the kernel takes no less than 1,000.
    var cpuQuota: UInt64? {
        cpus.map { max(1000, UInt64(($0 * Double(Self.cpuPeriod)).rounded())) }
    }

    /// The controllers without which these limits cannot be kept.
    var controllers: CgroupFacts.Controllers {
        var needed: CgroupFacts.Controllers = []
        if memory != nil || memorySwap != nil { needed.insert(.memory) }
        if cpus != nil { needed.insert(.cpu) }
        if cpuset != nil { needed.insert(.cpuset) }
        if pids != nil { needed.insert(.pids) }
        if !io.isEmpty { needed.insert(.io) }
        return needed
    }
}

extension CgroupFacts.Controller {
    /// The limit that this controller enforces.
    var limit: Limit {
        switch self {
        case .memory: .memory
        case .cpu: .cpu
        case .cpuacct: .cpuTime
        case .pids: .pids
        case .io: .io
        case .cpuset: .cpuset
        }
    }
}
