internal import IsorunCgroups
internal import IsorunModel
internal import IsorunSystem

/// Looks now and then at what the kernel keeps no peak of: kinds of memory, the writable layer, CPU time.
struct Sampler {
    private(set) var usage = ResourceUsage()
    private(set) var diskWasFull = false
    private(set) var inodesWereUsedUp = false
    private var next: UInt64
    private var interval: UInt64 = 20_000_000
    private let cpuLimit: UInt64?
    private let cpus: Int

    // `cpuLimit` is microseconds of CPU time.
    init(startedAt now: UInt64, cpuLimit: UInt64?, cpus: Int) {
        self.cpuLimit = cpuLimit
        self.cpus = max(cpus, 1)
        next = now + interval
    }

    var nextDeadline: UInt64 { next }

    /// Looks if it is time to.
    ///
    /// True where the CPU time is used up.
    mutating func tick(
        _ now: UInt64,
        memory: @autoclosure () -> MemorySample,
        cpuUsage: @autoclosure () -> UInt64?,
        disk: @autoclosure () -> FileSystemUsage?
    ) -> Bool {
        guard now >= next else { return false }
        usage.raise(to: memory())
        look(at: disk())
        // Short jobs are looked at often and long ones seldom: at most one look in a thousandth of the time.
        interval = min(interval * 5 / 4, 500_000_000)
        next = now + interval
        guard let cpuLimit else { return false }
        let used = cpuUsage() ?? 0
        if used >= cpuLimit { return true }
        next = min(next, now + max((cpuLimit - used) * 1000 / UInt64(cpus), 1_000_000))
        return false
    }

    /// Looks at the latest at this time.
    mutating func lookSoon(_ time: UInt64) {
        next = min(next, time)
    }

    /// The last look, when everything has ended.
    mutating func finish(disk: FileSystemUsage?) {
        look(at: disk)
    }

    private mutating func look(at disk: FileSystemUsage?) {
        guard let space = disk else { return }
        usage.diskPeakBytes = max(usage.diskPeakBytes ?? 0, space.bytesUsed)
        // It is taken page by page: where one is left nothing was refused.
        if space.bytesTotal > 0 && space.bytesUsed + 4096 > space.bytesTotal { diskWasFull = true }
        if space.filesTotal > 0 && space.filesUsed + 1 >= space.filesTotal { inodesWereUsedUp = true }
    }
}
