import IsorunModel

/// The properties of a job's case, named as the keys of the result document; what is not known is left out.
enum CaseProperties {
    static func of(_ result: JobResult, attempts: Int) -> [JUnitProperty] {
        var list = PropertyList()
        list.add("outcome", result.outcome.rawValue)
        list.add("timedOut", result.timedOut?.rawValue)
        list.add("exitCode", result.exitCode)
        list.add("signal", result.signal)
        list.add("limitsHit", names(result.limitsHit))
        list.add("unenforced", names(result.unenforced))
        list.add("events.oomKills", result.events.oomKills)
        list.add("events.pidsLimitHits", result.events.pidsLimitHits)
        list.add("events.leakedProcesses", result.events.leakedProcesses)
        if let startup = result.startup {
            list.add("startup.totalMs", startup.total.milliseconds.text(decimals: 3))
            for phase in startup.phases {
                list.add("startup.phases.\(phase.name)", phase.duration.milliseconds.text(decimals: 3))
            }
        }
        usage(result.resources, into: &list)
        limits(result.limits, into: &list)
        list.add("attempt", result.attempt)
        if attempts > 1 { list.add("attempts", attempts) }
        list.add("flaky", result.flaky ? "true" : nil)
        return list.properties
    }

    private static func usage(_ usage: ResourceUsage, into list: inout PropertyList) {
        list.add("resources.memoryPeakBytes", usage.memoryPeakBytes)
        list.add("resources.swapPeakBytes", usage.swapPeakBytes)
        list.add("resources.cpuUs", usage.cpuUs)
        list.add("resources.cpuThrottledUs", usage.cpuThrottledUs)
        list.add("resources.pidsPeak", usage.pidsPeak)
        list.add("resources.ioReadBytes", usage.ioReadBytes)
        list.add("resources.ioWriteBytes", usage.ioWriteBytes)
        list.add("resources.diskPeakBytes", usage.diskPeakBytes)
    }

    private static func limits(_ limits: EffectiveLimits, into list: inout PropertyList) {
        list.add("limits.memoryBytes", limits.memoryBytes)
        list.add("limits.cpus", limits.cpus?.text(decimals: 3))
        list.add("limits.pids", limits.pids)
        list.add("limits.timeoutMs", limits.timeoutMs)
        list.add("limits.cpuTimeMs", limits.cpuTimeMs)
        list.add("limits.diskBytes", limits.diskBytes)
        list.add("limits.inodes", limits.inodes)
        list.add("limits.outputBytes", limits.outputBytes)
    }

    private static func names(_ limits: [Limit]) -> String? {
        limits.isEmpty ? nil : limits.map(\.rawValue).joined(separator: ",")
    }
}

/// Properties in the order they were added.
private struct PropertyList {
    var properties: [JUnitProperty] = []

    mutating func add(_ name: String, _ value: (some CustomStringConvertible)?) {
        guard let value else { return }
        properties.append(JUnitProperty(name, value.description))
    }
}
