internal import Glibc
internal import IsorunModel
public import IsorunSystem
internal import SystemPackage

extension JobCgroup {
    /// Reads everything the kernel counted; what it cannot say is nil.
    public func counters() -> CgroupCounters {
        var counters = CgroupCounters()
        if let (group, isV2) = group(of: .memory) {
            if isV2 {
                V2Counters.memory(group, into: &counters)
            } else {
                V1Counters.memory(group, limits.memory, into: &counters)
            }
        }
        if let (group, _) = group(of: .pids) { pids(group, into: &counters) }
        cpu(into: &counters)
        if let (group, isV2) = group(of: .io) {
            if isV2 { V2Counters.io(group, into: &counters.usage) } else { V1Counters.io(group, into: &counters.usage) }
        }
        return counters
    }

    /// CPU time used so far in microseconds; nil where the kernel cannot say.
    public func cpuUsage() -> UInt64? {
        if tree.hierarchies[0].version == .v2 { return group(0).keyed("cpu.stat")?.value("usage_usec") }
        return group(of: .cpuacct).flatMap { $0.directory.number("cpuacct.usage") }.map { $0 / 1000 }
    }

    /// The kinds of memory in use now, for a timer.
    public func sampleMemory() -> MemorySample {
        guard let (group, isV2) = group(of: .memory) else { return MemorySample() }
        return isV2 ? V2Counters.sample(group) : V1Counters.sample(group)
    }

    /// Memory in use now, page cache that can be dropped at once left out, as docker counts it.
    public func memoryUsage() -> UInt64? {
        guard let (group, isV2) = group(of: .memory) else { return nil }
        guard let used = group.number(isV2 ? "memory.current" : "memory.usage_in_bytes") else { return nil }
        let idle = group.keyed("memory.stat")?.value(isV2 ? "inactive_file" : "total_inactive_file") ?? 0
        return used - min(used, idle)
    }

    /// Tasks now, without isorun's own.
    public func tasks() -> UInt64? {
        group(of: .pids).flatMap { $0.directory.number("pids.current") }.map { $0 - min($0, limits.ownTasks) }
    }

    /// Processes the OOM killer ended so far.
    public func oomKills() -> UInt64? {
        guard let (group, isV2) = group(of: .memory) else { return nil }
        return isV2 ? V2Counters.oomKills(group) : V1Counters.oomKills(group)
    }

    /// Peak and limit hits: `pids.peak` (6.1), `pids.events`, without isorun's own tasks.
    ///
    /// `max` of `pids.events` counts forks of this group that were refused, at whose limit ever (v2 since 6.11: at its
    /// own); a peak below the own limit says that it was an outer one.
    func pids(_ group: GroupDirectory, into counters: inout CgroupCounters) {
        let peak = group.number("pids.peak")
        let hits = group.keyed("pids.events")?.value("max")
        counters.usage.pidsPeak = peak.map { $0 - min($0, limits.ownTasks) }
        guard let peak else {
            counters.events.pidsLimitHits = hits
            return
        }
        let reachedOwn = limits.pids.map { peak >= $0 + limits.ownTasks } ?? false
        counters.events.pidsLimitHits = reachedOwn ? hits : hits.map { _ in 0 }
        counters.outerPidsLimitHits = reachedOwn ? hits.map { _ in 0 } : hits
    }

    private func cpu(into counters: inout CgroupCounters) {
        let unified = tree.hierarchies[0].version == .v2 ? group(0).keyed("cpu.stat") : nil
        if let unified {
            V2Counters.cpuTime(unified, into: &counters.usage)
        } else if let (group, _) = group(of: .cpuacct) {
            V1Counters.cpuTime(group, into: &counters.usage)
        }
        guard let (group, isV2) = group(of: .cpu) else { return }
        if !isV2 && limits.cpus == nil {
            // Without a quota there is nothing to be throttled by.
            (counters.events.cpuThrottledPeriods, counters.usage.cpuThrottledUs) = (0, 0)
        } else if !isV2 {
            V1Counters.throttling(group, into: &counters)
        } else if let unified {
            V2Counters.throttling(unified, into: &counters)
        }
    }
}

extension JobCgroup {
    /// How this host tells of an OOM while the job runs.
    public enum OOMNotice: Hashable, Sendable {
        /// Through an eventfd of the caller's: give it to ``JobCgroup/registerOOM(event:)``.
        case event
        /// Through ``JobCgroup/openMemoryEvents()``, watched for EPOLLPRI.
        case file
        /// Not at all: look at ``JobCgroup/oomKills()`` now and then.
        case none
    }

    /// How this host tells of an OOM while the job runs.
    public var oomNotice: OOMNotice {
        guard let (_, isV2) = group(of: .memory) else { return .none }
        return isV2 ? .file : .event
    }

    /// Has the kernel signal an eventfd at each OOM of the group: v1 `memory.oom_control`, `cgroup.event_control`.
    ///
    /// The signal comes just before the kill, so ``oomKills()`` may rise only a moment after it. Close the eventfd
    /// before the group is removed, or expect one signal at the removal.
    public func registerOOM(event: borrowing OwnedDescriptor) throws(CgroupError) {
        guard let (group, isV2) = group(of: .memory), !isV2 else {
            throw CgroupError("watch for OOM", "", .notSupported, controller: .memory)
        }
        let control = group.open("memory.oom_control", O_RDONLY)
        guard control >= 0 else { throw group.failure(.memory, .memory, "memory.oom_control", control) }
        defer { close(control) }
        let result = group.write("cgroup.event_control", text: "\(event.raw) \(control)")
        guard result == 0 else { throw group.failure(.memory, .memory, "cgroup.event_control", result) }
    }

    /// Opens `memory.events` of v2, which is readable with EPOLLPRI when a count in it has changed since it was read.
    public func openMemoryEvents() throws(CgroupError) -> OwnedDescriptor {
        guard let (group, isV2) = group(of: .memory), isV2 else {
            throw CgroupError("watch for OOM", "", .notSupported, controller: .memory)
        }
        let descriptor = group.open("memory.events", O_RDONLY)
        guard descriptor >= 0 else { throw group.failure(.memory, .memory, "memory.events", descriptor) }
        // The first reading sets the mark from which a change counts.
        _ = GroupDirectory.text(at: descriptor)
        return OwnedDescriptor(descriptor)
    }
}
