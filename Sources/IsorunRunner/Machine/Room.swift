/// What of the host's CPUs and memory is free, and of what only one item can have.
struct Room: Sendable {
    private let hostCPUs: Double
    private let hostMemory: UInt64
    private var cpus = 0.0
    private var memory: UInt64 = 0
    private var promised: UInt64 = 0
    private var claimed: Set<Int> = []
    private var count = 0

    init(_ policy: RunPolicy) {
        hostCPUs = policy.hostCPUs
        hostMemory = policy.hostMemory
    }

    /// Whether an item can start now; one that fits nowhere runs when nothing else does.
    func fits(_ item: RunItem) -> Bool {
        if count == 0 { return true }
        guard claimed.isDisjoint(with: item.claims) else { return false }
        return cpus + item.cpus <= hostCPUs + 1e-9 && hasMemory(for: item, beside: memory)
    }

    /// Whether its memory is free, and promised to nobody.
    func mayPromise(_ item: RunItem) -> Bool { hasMemory(for: item, beside: memory + promised) }

    private func hasMemory(for item: RunItem, beside taken: UInt64) -> Bool {
        let wanted = item.memory ?? 0
        return wanted <= hostMemory && taken <= hostMemory - wanted
    }

    mutating func take(_ item: RunItem) {
        count += 1
        cpus += item.cpus
        memory += item.memory ?? 0
        claimed.formUnion(item.claims)
    }

    /// For one that is made ready: it takes next to none of it before its turn.
    mutating func promise(_ item: RunItem) { promised += item.memory ?? 0 }

    mutating func takeBackPromise(_ item: RunItem) { promised -= item.memory ?? 0 }

    /// Gives all of an item back; `hasCPUs` where its CPUs still are with it.
    mutating func giveBack(_ item: RunItem, hasCPUs: Bool) {
        count -= 1
        if hasCPUs { giveBackCPUs(item) }
        // What is left of sums and differences of fractions must not keep anything from starting.
        if count == 0 { cpus = 0 }
        memory -= item.memory ?? 0
        claimed.subtract(item.claims)
    }

    mutating func giveBackCPUs(_ item: RunItem) { cpus -= item.cpus }
}
