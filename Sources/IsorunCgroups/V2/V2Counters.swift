internal import IsorunModel

/// Counters in the files of cgroup v2 (kernel docs: admin-guide/cgroup-v2).
enum V2Counters {
    /// Peaks, limit hits and OOM kills: `memory.peak` (5.19), `memory.swap.peak` (6.5), `memory.events`.
    ///
    /// The group has no children, so its `memory.events` are its own. `oom` counts only where this group's limit was
    /// the one that could not be kept; `oom_kill` counts victims whoever's limit it was.
    static func memory(_ group: GroupDirectory, into counters: inout CgroupCounters) {
        counters.usage.memoryPeakBytes = group.number("memory.peak")
        counters.usage.swapPeakBytes = group.number("memory.swap.peak")
        guard let events = group.keyed("memory.events") else { return }
        counters.events.memoryLimitHits = events.value("max")
        counters.events.oomKills = events.value("oom_kill")
        counters.reachedOwnMemoryLimit = events.value("oom").map { $0 > 0 }
    }

    /// Processes of this group that the OOM killer ended.
    static func oomKills(_ group: GroupDirectory) -> UInt64? { group.keyed("memory.events")?.value("oom_kill") }

    /// Kinds of memory: `memory.stat`.
    static func sample(_ group: GroupDirectory) -> MemorySample {
        var sample = MemorySample()
        guard let stat = group.keyed("memory.stat") else { return sample }
        sample.anonymous = stat.value("anon")
        sample.shmem = stat.value("shmem")
        sample.file = stat.value("file").map { $0 - min($0, sample.shmem ?? 0) }
        sample.kernel = stat.value("kernel")
        sample.swap = group.number("memory.swap.current")
        return sample
    }

    /// CPU time: `cpu.stat`, which every group but the root has, with or without the controller.
    static func cpuTime(_ stat: KeyedText, into usage: inout ResourceUsage) {
        usage.cpuUs = stat.value("usage_usec")
        usage.cpuUserUs = stat.value("user_usec")
        usage.cpuSystemUs = stat.value("system_usec")
    }

    /// Throttling: `cpu.stat`, only with the controller.
    static func throttling(_ stat: KeyedText, into counters: inout CgroupCounters) {
        counters.events.cpuThrottledPeriods = stat.value("nr_throttled")
        counters.usage.cpuThrottledUs = stat.value("throttled_usec")
    }

    /// Bytes of disk IO, summed over devices: `8:0 rbytes=1 wbytes=2 …` in `io.stat`.
    static func io(_ group: GroupDirectory, into usage: inout ResourceUsage) {
        guard let text = group.text("io.stat") else { return }
        var read: UInt64 = 0
        var written: UInt64 = 0
        for word in words(text) {
            if let bytes = value(word, "rbytes=") { read += bytes }
            if let bytes = value(word, "wbytes=") { written += bytes }
        }
        usage.ioReadBytes = read
        usage.ioWriteBytes = written
    }

    private static func value(_ word: ArraySlice<UInt8>, _ key: String) -> UInt64? {
        word.starts(with: key.utf8) ? decimal(Array(word.dropFirst(key.utf8.count)).span) : nil
    }
}
