internal import Glibc
internal import IsorunModel
internal import SystemPackage

/// Limits in the files of cgroup v1 (kernel docs: admin-guide/cgroup-v1).
enum V1Limits {
    /// Limits memory, and memory plus swap: `memory.limit_in_bytes`, `memory.memsw.limit_in_bytes`.
    ///
    /// The order matters: memory plus swap can never be set below memory, and a new group has neither.
    /// No swap is one page of it: the kernel charges memory plus swap first, and since 6.15 it no longer counts
    /// failures there (`track_failcnt`), so with equal limits no counter would say that memory was at its limit.
    static func memory(_ group: GroupDirectory, _ limits: CgroupLimits) throws(CgroupError) {
        guard let memory = limits.memory else { return }
        let page = UInt64(getpagesize())
        try group.limit("memory.limit_in_bytes", to: memory, for: .memory, .memory, granularity: page)
        guard limits.memorySwap != .max else { return }
        let total = max(limits.memorySwap ?? memory, memory)
        let swapless = total == memory
        do {
            let bound = swapless ? min(memory, UInt64(Int64.max) - page) + page : total
            try group.limit("memory.memsw.limit_in_bytes", to: bound, for: .swap, .memory, granularity: page)
        } catch {
            guard error.errno == .noSuchFileOrDirectory else { throw error }
            try SwapAccounting.accept(limits, missing: error)
        }
        // With 0 the kernel reclaims no anonymous memory of a group that is at its limit.
        if swapless { _ = group.write("memory.swappiness", 0) }
    }

    /// Limits CPU bandwidth: `cpu.cfs_quota_us` of the default period of 100 ms.
    static func cpu(_ group: GroupDirectory, _ limits: CgroupLimits) throws(CgroupError) {
        guard let quota = limits.cpuQuota else { return }
        try group.limit("cpu.cfs_quota_us", to: quota, for: .cpu, .cpu)
    }

    /// Pins to CPUs: `cpuset.cpus`, after the memory nodes, without which no task can enter.
    static func cpuset(_ group: GroupDirectory, parent: GroupDirectory, _ limits: CgroupLimits) throws(CgroupError) {
        guard let cpuset = limits.cpuset else { return }
        let nodes = parent.text("cpuset.effective_mems") ?? parent.text("cpuset.mems") ?? []
        let result = group.write("cpuset.mems", text: String(decoding: nodes, as: UTF8.self))
        guard result == 0 else { throw group.failure(.cpuset, .cpuset, "cpuset.mems", result) }
        try CPUPinning.pin(group, to: cpuset, effective: "cpuset.effective_cpus")
    }

    /// Limits disk bandwidth: `blkio.throttle.read_bps_device`, `blkio.throttle.write_bps_device`.
    static func io(_ group: GroupDirectory, _ limits: CgroupLimits) throws(CgroupError) {
        for limit in limits.io {
            let device = try BlockDevice(limit.device)
            let file: StaticString =
                limit.direction == .read ? "blkio.throttle.read_bps_device" : "blkio.throttle.write_bps_device"
            let result = group.write(file, text: "\(device.number) \(limit.bytesPerSecond.bytes)")
            guard result == 0 else { throw group.failure(.io, .io, file, result) }
        }
    }
}
