internal import IsorunModel

extension Planner {
    /// The cgroup's limits, each with the controller that must be there to enforce it.
    static func planCgroup(
        _ spec: JobSpec,
        on facts: HostFacts,
        unenforced: inout [Limit]
    ) throws(PlanError) -> CgroupPlan {
        let limits = spec.limits
        let memory = limits.memory?.bytes ?? facts.memoryBytes / 4 * 3
        if let swap = limits.memorySwap, swap.bytes < memory {
            throw PlanError(
                .impossible,
                "--memory-swap is memory plus swap, and \(swap) is less than the memory limit of \(ByteCount(memory))"
            )
        }
        if let cpus = limits.cpuset, let strange = cpus.cpus.first(where: { !facts.cpus.contains($0) }) {
            let known = CPUSet(cpus: facts.cpus).text
            throw PlanError(.impossible, "--cpuset-cpus: CPU \(strange) is not one of this host's (\(known))")
        }
        var plan = CgroupPlan(
            memory: memory,
            memorySwap: limits.memorySwap?.bytes == .max ? nil : limits.memorySwap?.bytes ?? memory,
            cpus: limits.cpus,
            cpuset: limits.cpuset,
            pids: UInt64(limits.pids ?? 1024),
            io: limits.io,
            oom: limits.oom
        )
        func holds(_ controller: CgroupFacts.Controller, _ limit: Limit) throws(PlanError) -> Bool {
            try isEnforceable(limit, by: controller, spec: spec, facts: facts, unenforced: &unenforced)
        }
        if try !holds(.memory, .memory) {
            (plan.memory, plan.memorySwap) = (nil, nil)
            unenforced.append(.swap)
        }
        if try !holds(.pids, .pids) { plan.pids = nil }
        if plan.cpus != nil, try !holds(.cpu, .cpu) { plan.cpus = nil }
        if plan.cpuset != nil, try !holds(.cpuset, .cpuset) { plan.cpuset = nil }
        if !plan.io.isEmpty, try !holds(.io, .io) { plan.io = [] }
        // Every group of a unified hierarchy counts CPU time, with or without a controller.
        if spec.limits.cpuTime != nil, facts.cgroups.unifiedParent == nil { _ = try holds(.cpuacct, .cpuTime) }
        return plan
    }

    private static func isEnforceable(
        _ limit: Limit,
        by controller: CgroupFacts.Controller,
        spec: JobSpec,
        facts: HostFacts,
        unenforced: inout [Limit]
    ) throws(PlanError) -> Bool {
        if facts.cgroups.parents[controller] != nil { return true }
        let reason = facts.cgroups.refusals[controller] ?? "this host has no \(controller.rawValue) cgroup controller"
        guard spec.allowUnenforced.allows(limit) else {
            throw PlanError(
                .unenforceable(limit),
                "the \(limit.optionName) limit cannot be enforced: \(reason)",
                hint: "to run without it: --allow-unenforced \(limit.optionName)"
            )
        }
        unenforced.append(limit)
        return false
    }
}
