public import IsorunModel

/// The result document, `isorun.result/1`: what `--json` writes, one object for each attempt of a job.
///
/// Keys stand in the contract's order. A figure that the host could not give is null, never 0 and never left out.
public enum ResultDocument {
    /// The value of the key `schema`.
    public static let schema = "isorun.result/1"

    /// The document on one line with its line end, as suites write it.
    public static func line(_ result: JobResult) -> String {
        json(result).line + "\n"
    }

    /// The document for a person, a line for each outer key.
    public static func page(_ result: JobResult) -> String {
        json(result).page
    }

    /// The document as a value.
    public static func json(_ result: JobResult) -> JSON {
        .object(members(result) + testMembers(result))
    }

    // What only tests of a framework have.
    private static func testMembers(_ result: JobResult) -> [JSON.Member] {
        var members: [JSON.Member] = []
        if let testcase = result.testcase {
            let name: [JSON.Member] = [
                .init("classname", .string(testcase.classname)), .init("name", .string(testcase.name)),
            ]
            members.append(.init("testcase", .object(name)))
        }
        if let skipped = result.skipped { members.append(.init("skipped", .string(skipped))) }
        return members
    }

    private static func members(_ result: JobResult) -> [JSON.Member] {
        [
            .init("schema", .string(schema)),
            .init("name", .string(result.name)),
            .init("command", .array(result.command.map { .string($0) })),
            .init("outcome", .string(result.outcome.rawValue)),
            .init("timedOut", .text(result.timedOut?.rawValue)),
            .init("exitCode", .whole(result.exitCode)),
            .init("signal", .text(result.signal)),
            .init("coreDumped", .bool(result.coreDumped)),
            .init("limitsHit", .array(result.limitsHit.map { .string($0.rawValue) })),
            .init("reason", .string(result.reason)),
            .init("events", json(result.events)),
            .init("leaked", .array(result.leaked.map { .string($0) })),
            .init("startedAt", .string(Timestamp.text(microseconds: result.startedAtUs))),
            .init("durationMs", .milliseconds(result.duration)),
            .init("startup", result.startup.map(json) ?? .null),
            .init("resources", json(result.resources)),
            .init("limits", json(result.limits)),
            .init("unenforced", .array(result.unenforced.map { .string($0.rawValue) })),
            .init("host", json(result.host)),
            .init("stdout", json(result.stdout)),
            .init("stderr", json(result.stderr)),
            .init("collected", .array(result.collected.map(json))),
            .init("attempt", .whole(result.attempt)),
            .init("flaky", .bool(result.flaky)),
        ]
    }

    /// A startup as it stands in results and events.
    static func json(_ startup: Startup) -> JSON {
        .object([
            .init("totalMs", .milliseconds(startup.total)),
            .init("phases", .object(startup.phases.map { .init($0.name, .milliseconds($0.duration)) })),
        ])
    }

    private static func json(_ events: EventCounts) -> JSON {
        .object([
            .init("oomKills", .whole(events.oomKills)),
            .init("memoryLimitHits", .whole(events.memoryLimitHits)),
            .init("pidsLimitHits", .whole(events.pidsLimitHits)),
            .init("cpuThrottledPeriods", .whole(events.cpuThrottledPeriods)),
            .init("leakedProcesses", .whole(events.leakedProcesses)),
        ])
    }

    private static func json(_ usage: ResourceUsage) -> JSON {
        let memory: [JSON.Member] = [
            .init("anonBytes", .whole(usage.memoryAnonBytes)),
            .init("fileBytes", .whole(usage.memoryFileBytes)),
            .init("shmemBytes", .whole(usage.memoryShmemBytes)),
            .init("kernelBytes", .whole(usage.memoryKernelBytes)),
        ]
        return .object([
            .init("memoryPeakBytes", .whole(usage.memoryPeakBytes)),
            .init("memory", .object(memory)),
            .init("swapPeakBytes", .whole(usage.swapPeakBytes)),
            .init("cpuUs", .whole(usage.cpuUs)),
            .init("cpuUserUs", .whole(usage.cpuUserUs)),
            .init("cpuSystemUs", .whole(usage.cpuSystemUs)),
            .init("cpuThrottledUs", .whole(usage.cpuThrottledUs)),
            .init("pidsPeak", .whole(usage.pidsPeak)),
            .init("ioReadBytes", .whole(usage.ioReadBytes)),
            .init("ioWriteBytes", .whole(usage.ioWriteBytes)),
            .init("diskPeakBytes", .whole(usage.diskPeakBytes)),
        ])
    }

    private static func json(_ limits: EffectiveLimits) -> JSON {
        .object([
            .init("memoryBytes", .whole(limits.memoryBytes)),
            .init("cpus", .decimal(limits.cpus)),
            .init("pids", .whole(limits.pids)),
            .init("timeoutMs", .whole(limits.timeoutMs)),
            .init("cpuTimeMs", .whole(limits.cpuTimeMs)),
            .init("diskBytes", .whole(limits.diskBytes)),
            .init("inodes", .whole(limits.inodes)),
            .init("outputBytes", .whole(limits.outputBytes)),
        ])
    }

    private static func json(_ host: HostSummary) -> JSON {
        .object([
            .init("kernel", .string(host.kernel)),
            .init("cgroup", .string(host.cgroup)),
            .init("rootless", .bool(host.rootless)),
        ])
    }

    private static func json(_ stream: StreamCounts) -> JSON {
        .object([.init("bytes", .whole(stream.bytes)), .init("truncated", .bool(stream.truncated))])
    }

    private static func json(_ file: CollectedFile) -> JSON {
        .object([
            .init("path", .string(file.path)),
            .init("destination", .text(file.destination)),
            .init("refused", .text(file.refused)),
        ])
    }
}
