internal import IsorunModel

/// Counters in the files of cgroup v1 (kernel docs: admin-guide/cgroup-v1).
enum V1Counters {
    /// What the kernel charges at a time per CPU, and so how far a peak may stay below its limit.
    private static let slack: UInt64 = 2 << 20

    /// A block of the buddy allocator's largest order is 4 MiB, and four times that is far from any of them.
    private static let largestCharge: UInt64 = 16 << 20

    /// Peak, limit hits and OOM kills.
    ///
    /// Every charge that fails for good counts in `memory.failcnt`; see ``V1Limits/memory(_:_:)``.
    static func memory(_ group: GroupDirectory, _ limit: UInt64?, into counters: inout CgroupCounters) {
        let peak = group.number("memory.max_usage_in_bytes")
        counters.usage.memoryPeakBytes = peak
        // Nothing is charged in one piece that is larger than the room there has always been.
        let hadRoom = limit.map { limit in peak.map { $0 + largestCharge <= limit } ?? false } ?? false
        counters.events.memoryLimitHits = hadRoom ? 0 : group.number("memory.failcnt")
        counters.events.oomKills = oomKills(group)
        guard let peak, let hits = counters.events.memoryLimitHits else { return }
        counters.reachedOwnMemoryLimit = limit.map { hits > 0 && peak + slack >= $0 } ?? false
    }

    /// Processes of this group that the OOM killer ended: `memory.oom_control` (4.13).
    static func oomKills(_ group: GroupDirectory) -> UInt64? { group.keyed("memory.oom_control")?.value("oom_kill") }

    /// Kinds of memory: `memory.stat`, whose numbers without `total_` are this group's alone.
    static func sample(_ group: GroupDirectory) -> MemorySample {
        var sample = MemorySample()
        guard let stat = group.keyed("memory.stat") else { return sample }
        sample.anonymous = stat.value("rss")
        sample.shmem = stat.value("shmem")
        sample.file = stat.value("cache").map { $0 - min($0, sample.shmem ?? 0) }
        sample.swap = stat.value("swap")
        sample.kernel = group.number("memory.kmem.usage_in_bytes")
        return sample
    }

    /// CPU time in microseconds: `cpuacct.usage`, in nanoseconds, divided as `cpuacct.usage_user` and `_sys` are.
    ///
    /// Those two count timer ticks, and their sum is not the usage; v2 divides in the same way (`cputime_adjust`).
    static func cpuTime(_ group: GroupDirectory, into usage: inout ResourceUsage) {
        guard let total = group.number("cpuacct.usage").map({ $0 / 1000 }) else { return }
        usage.cpuUs = total
        guard let user = group.number("cpuacct.usage_user"), let system = group.number("cpuacct.usage_sys") else {
            return
        }
        let share = system == 0 ? 1 : Double(user) / (Double(user) + Double(system))
        let userTime = min(UInt64(Double(total) * share), total)
        usage.cpuUserUs = userTime
        usage.cpuSystemUs = total - userTime
    }

    /// Throttling: `cpu.stat`, in nanoseconds.
    static func throttling(_ group: GroupDirectory, into counters: inout CgroupCounters) {
        guard let stat = group.keyed("cpu.stat") else { return }
        counters.events.cpuThrottledPeriods = stat.value("nr_throttled")
        counters.usage.cpuThrottledUs = stat.value("throttled_time").map { $0 / 1000 }
    }

    /// Bytes of disk IO, `8:0 Read 4096`; buffered writes are the root's and not in it.
    static func io(_ group: GroupDirectory, into usage: inout ResourceUsage) {
        guard let text = group.text("blkio.throttle.io_service_bytes_recursive") else { return }
        var sums: [String: UInt64] = ["Read": 0, "Write": 0]
        for line in text.split(separator: UInt8(ascii: "\n")) {
            let parts = words(Array(line))
            guard parts.count == 3, let bytes = decimal(Array(parts[2]).span) else { continue }
            sums[String(decoding: parts[1], as: UTF8.self), default: 0] += bytes
        }
        usage.ioReadBytes = sums["Read"]
        usage.ioWriteBytes = sums["Write"]
    }
}
