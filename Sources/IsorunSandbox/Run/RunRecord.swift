internal import Glibc
internal import IsorunCgroups
internal import IsorunModel
internal import IsorunPlanning
internal import IsorunSystem
internal import SystemPackage

/// The keeper's own streams, that the job's are passed on to, and how much of them is kept.
public struct Onlookers: Sendable {
    /// Where the job's standard output goes; nil keeps it to the reports.
    public var standardOutput: Int32?
    /// Where the job's standard error goes.
    public var standardError: Int32?
    /// What ends the run from outside; nil takes this process's own signals.
    public var cancellation: Cancellation?
    /// Hears, once, that no process of the job's is left: what follows is that its container is cleared away.
    public var jobIsGone: (@Sendable () -> Void)?
    /// CPUs this process may run on.
    var cpus = 1

    /// Passes both on to the keeper's own.
    public init(standardOutput: Int32? = 1, standardError: Int32? = 2) {
        self.standardOutput = standardOutput
        self.standardError = standardError
    }
}

/// All that was seen of one run, before it becomes a result.
struct RunRecord {
    var verdict: Verdict
    var failure: SandboxError?
    var startup: Startup?
    var duration: Duration
    var usage: ResourceUsage
    var events: EventCounts
    var limitsHit: [Limit]
    var limits: EffectiveLimits
    var leaked: [String]
    var stdout: (counts: StreamCounts, captured: CapturedOutput)
    var stderr: (counts: StreamCounts, captured: CapturedOutput)
    var cancelledBy: Int32?
}

extension JobRun {
    /// Puts together what the kernel counted and what was seen.
    func record(_ counters: CgroupCounters) -> RunRecord {
        var usage = counters.usage
        let sampled = sampler.usage
        usage.memoryAnonBytes = sampled.memoryAnonBytes
        usage.memoryFileBytes = sampled.memoryFileBytes
        usage.memoryShmemBytes = sampled.memoryShmemBytes
        usage.memoryKernelBytes = sampled.memoryKernelBytes
        usage.swapPeakBytes = usage.swapPeakBytes ?? sampled.swapPeakBytes
        usage.diskPeakBytes = sampled.diskPeakBytes
        // Where no controller counts block IO the kernel's own sums over reaped processes do, in units of 512 bytes.
        usage.ioReadBytes = usage.ioReadBytes ?? blocks.read * 512
        usage.ioWriteBytes = usage.ioWriteBytes ?? blocks.written * 512

        var events = counters.events
        // Without an init of isorun's the kernel kills all that is left when the job ends, before anybody could count. And
        // a job that was ended had no say in what becomes of what it had started.
        let endedItself = evidence.job != nil && evidence.cause == nil
        events.leakedProcesses = endedItself && plan.process.initProcess ? leftovers.count : nil
        evidence.events = events
        evidence.reachedOwnMemoryLimit = counters.reachedOwnMemoryLimit
        evidence.oomPolicy = plan.cgroup.oom
        evidence.limits = EffectiveLimits(plan)
        evidence.limitsHit = limitsHit(events)
        let verdict = Verdict(evidence)
        let end = endedAt ?? Clock.now
        var cancelledBy: Int32?
        switch evidence.cause {
        case .cancelled(let signal), .stopped(let signal): cancelledBy = signal
        default: break
        }
        return RunRecord(
            verdict: verdict,
            failure: failure,
            startup: startedAt == nil ? nil : container.clock.startup,
            duration: .nanoseconds(Int64(startedAt.map { end > $0 ? end - $0 : 0 } ?? 0)),
            usage: usage,
            events: events,
            limitsHit: evidence.limitsHit + hitByEnd(verdict),
            limits: evidence.limits,
            leaked: endedItself ? leftovers.names : [],
            stdout: (output?.counts ?? StreamCounts(), output?.capture.captured ?? CapturedOutput()),
            stderr: (errors?.counts ?? StreamCounts(), errors?.capture.captured ?? CapturedOutput()),
            cancelledBy: cancelledBy
        )
    }

    private func limitsHit(_ events: EventCounts) -> [Limit] {
        var hit: [Limit] = []
        if (events.oomKills ?? 0) > 0 && plan.cgroup.oom == .process { hit.append(.memory) }
        if (events.pidsLimitHits ?? 0) > 0 { hit.append(.pids) }
        if (events.cpuThrottledPeriods ?? 0) > 0 { hit.append(.cpu) }
        if sampler.diskWasFull { hit.append(.disk) }
        if sampler.inodesWereUsedUp { hit.append(.inodes) }
        return hit
    }

    private func hitByEnd(_ verdict: Verdict) -> [Limit] {
        switch (verdict.outcome, verdict.timedOut) {
        case (.outOfMemory, _): plan.cgroup.oom == .process ? [] : [.memory]
        case (.outputLimit, _): [.output]
        case (.timedOut, .cpu): [.cpuTime]
        case (.timedOut, _): [.timeout]
        case (.seccompViolation, _): [.seccomp]
        default: []
        }
    }
}

extension EffectiveLimits {
    init(_ plan: SandboxPlan) {
        self.init()
        memoryBytes = plan.cgroup.memory
        cpus = plan.cgroup.cpus
        pids = plan.cgroup.pids
        timeoutMs = plan.watch.timeout.map { UInt64($0.milliseconds) }
        cpuTimeMs = plan.watch.cpuTime.map { UInt64($0.milliseconds) }
        diskBytes = plan.root.writable ? plan.root.diskBytes : nil
        inodes = plan.root.writable ? plan.root.inodes : nil
        outputBytes = plan.watch.maxOutput
    }
}

extension ProcessEnd {
    /// From siginfo: CLD_EXITED 1, CLD_KILLED 2, CLD_DUMPED 3.
    init(code: Int32, status: Int32) {
        self = code == 1 ? .exited(status) : .signaled(status, coreDumped: code == 3)
    }
}

extension Duration {
    /// Whole nanoseconds, never negative.
    package var nanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        return UInt64(max(seconds, 0)) * 1_000_000_000 + UInt64(max(attoseconds, 0)) / 1_000_000_000
    }
}
