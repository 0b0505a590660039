internal import CIsorunSystem

/// The CPUs that this process may run on: those of the host, or what `taskset`, a cpuset or a service manager left of
/// them (sched_getaffinity(2)).
public enum Affinity {
    /// Their numbers; CPU 0 where the kernel says nothing.
    public static var cpus: [Int] {
        var set = [UInt8](repeating: 0, count: 1024)
        guard unsafe isorun_affinity(&set, set.count) == 0 else { return [0] }
        var cpus: [Int] = []
        for byte in set.indices where set[byte] != 0 {
            for bit in 0..<8 where set[byte] >> bit & 1 == 1 { cpus.append(byte * 8 + bit) }
        }
        return cpus
    }
}
