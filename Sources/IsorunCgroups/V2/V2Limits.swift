internal import Glibc
internal import IsorunModel
internal import SystemPackage

/// Limits in the files of cgroup v2 (kernel docs: admin-guide/cgroup-v2).
enum V2Limits {
    /// Limits memory and swap: `memory.max`, `memory.swap.max`, and what an OOM kill ends: `memory.oom.group`.
    static func memory(_ group: GroupDirectory, _ limits: CgroupLimits) throws(CgroupError) {
        if limits.oomGroup {
            let result = group.write("memory.oom.group", 1)
            guard result == 0 else { throw group.failure(.memory, .memory, "memory.oom.group", result) }
        }
        guard let memory = limits.memory else { return }
        let page = UInt64(getpagesize())
        try group.limit("memory.max", to: memory, for: .memory, .memory, granularity: page)
        guard limits.memorySwap != .max else { return }
        let swap = max(limits.memorySwap ?? memory, memory) - memory
        do {
            try group.limit("memory.swap.max", to: swap, for: .swap, .memory, granularity: page)
        } catch {
            guard error.errno == .noSuchFileOrDirectory else { throw error }
            try SwapAccounting.accept(limits, missing: error)
        }
    }

    /// Limits CPU bandwidth: `cpu.max`.
    static func cpu(_ group: GroupDirectory, _ limits: CgroupLimits) throws(CgroupError) {
        guard let quota = limits.cpuQuota else { return }
        try group.limit("cpu.max", to: quota, for: .cpu, .cpu)
    }

    /// Pins to CPUs: `cpuset.cpus`.
    static func cpuset(_ group: GroupDirectory, _ limits: CgroupLimits) throws(CgroupError) {
        guard let cpuset = limits.cpuset else { return }
        try CPUPinning.pin(group, to: cpuset, effective: "cpuset.cpus.effective")
    }

    /// Limits disk bandwidth: `io.max`.
    static func io(_ group: GroupDirectory, _ limits: CgroupLimits) throws(CgroupError) {
        for limit in limits.io {
            let device = try BlockDevice(limit.device)
            let key = limit.direction == .read ? "rbps" : "wbps"
            let result = group.write("io.max", text: "\(device.number) \(key)=\(limit.bytesPerSecond.bytes)")
            guard result == 0 else { throw group.failure(.io, .io, "io.max", result) }
        }
    }
}
