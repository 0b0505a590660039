/// What of the host's CPUs and memory is free.
struct Room: Sendable {
    private let hostCPUs: Double
    private let hostMemory: UInt64
    private var cpus = 0.0
    private var memory: UInt64 = 0
    private var count = 0

    init(_ policy: RunPolicy) {
        hostCPUs = policy.hostCPUs
        hostMemory = policy.hostMemory
    }

    /// Whether an item can start now; one that fits nowhere runs when nothing else does.
    func fits(_ item: RunItem) -> Bool { count == 0 || hasCPUs(for: item) && hasMemory(for: item) }

    /// Whether one that has its memory already can start now.
    func fitsReady(_ item: RunItem) -> Bool { count == 0 || hasCPUs(for: item) }

    private func hasCPUs(for item: RunItem) -> Bool { cpus + item.cpus <= hostCPUs + 1e-9 }

    func hasMemory(for item: RunItem) -> Bool {
        let wanted = item.memory ?? 0
        return wanted <= hostMemory && memory <= hostMemory - wanted
    }

    mutating func take(_ item: RunItem) {
        takeMemory(item)
        takeCPUs(item)
    }

    /// For one that is made ready.
    mutating func takeMemory(_ item: RunItem) { memory += item.memory ?? 0 }

    /// For one that has its memory already.
    mutating func takeCPUs(_ item: RunItem) {
        count += 1
        cpus += item.cpus
    }

    /// Gives the memory of one back that was made ready in vain.
    mutating func giveBackMemory(_ item: RunItem) { memory -= item.memory ?? 0 }

    /// Gives all of an item back; `hasCPUs` where its CPUs still are with it.
    mutating func giveBack(_ item: RunItem, hasCPUs: Bool) {
        count -= 1
        if hasCPUs { giveBackCPUs(item) }
        // What is left of sums and differences of fractions must not keep anything from starting.
        if count == 0 { cpus = 0 }
        giveBackMemory(item)
    }

    mutating func giveBackCPUs(_ item: RunItem) { cpus -= item.cpus }
}
