public import IsorunModel

extension ResultDocument {
    /// Reads a document back.
    ///
    /// Moments come back to the millisecond and durations to the microsecond. Keys this version does not know are
    /// passed over, so that a later minor version can be read.
    /// - Throws: `ReportingError` of kind `malformed` that names the key.
    public static func result(_ value: JSON) throws(ReportingError) -> JobResult {
        let object = try JSONObject(value)
        guard try object.string("schema") == schema else {
            throw ReportingError(.malformed, "the stored document is not of the schema", schema)
        }
        var result = JobResult(
            name: try object.string("name"),
            command: try object.list("command") { $0.string },
            outcome: try object.required("outcome") { $0.string.flatMap(Outcome.init(rawValue:)) },
            reason: try object.string("reason"),
            startedAtUs: try object.required("startedAt") { $0.string.flatMap(Timestamp.microseconds(parsing:)) },
            duration: try object.milliseconds("durationMs"),
            host: try host(object.object("host"))
        )
        result.timedOut = try object.optional("timedOut") { $0.string.flatMap(TimeLimit.init(rawValue:)) }
        result.exitCode = try object.optional("exitCode") { $0.integer() }
        result.signal = try object.optional("signal") { $0.string }
        result.coreDumped = try object.flag("coreDumped")
        result.limitsHit = try object.list("limitsHit") { $0.string.flatMap(Limit.init(rawValue:)) }
        result.events = try events(object.object("events"))
        result.leaked = try object.list("leaked") { $0.string }
        if let value = try object.optionalObject("startup") { result.startup = try startup(value) }
        result.resources = try resources(object.object("resources"))
        result.limits = try limits(object.object("limits"))
        result.unenforced = try object.list("unenforced") { $0.string.flatMap(Limit.init(rawValue:)) }
        result.stdout = try stream(object.object("stdout"))
        result.stderr = try stream(object.object("stderr"))
        result.collected = try object.list("collected", file)
        result.attempt = try object.optional("attempt") { $0.integer() } ?? 1
        result.flaky = try object.flag("flaky")
        if let testcase = try object.optionalObject("testcase") {
            let classname = try testcase.string("classname")
            result.testcase = TestcaseName(classname: classname, name: try testcase.string("name"))
        }
        result.skipped = try object.optional("skipped") { $0.string }
        return result
    }

    /// Reads a startup back.
    static func startup(_ object: JSONObject) throws(ReportingError) -> Startup {
        let phases = try object.required("phases") { $0.members }
        return Startup(
            total: try object.milliseconds("totalMs"),
            phases: phases.compactMap { phase in phase.value.duration.map { Startup.Phase(phase.key, $0) } }
        )
    }

    private static func host(_ object: JSONObject) throws(ReportingError) -> HostSummary {
        let kernel = try object.string("kernel")
        return HostSummary(kernel: kernel, cgroup: try object.string("cgroup"), rootless: try object.flag("rootless"))
    }

    private static func events(_ object: JSONObject) throws(ReportingError) -> EventCounts {
        var events = EventCounts()
        events.oomKills = try object.count("oomKills")
        events.memoryLimitHits = try object.count("memoryLimitHits")
        events.pidsLimitHits = try object.count("pidsLimitHits")
        events.cpuThrottledPeriods = try object.count("cpuThrottledPeriods")
        events.leakedProcesses = try object.count("leakedProcesses")
        return events
    }

    private static func resources(_ object: JSONObject) throws(ReportingError) -> ResourceUsage {
        var usage = ResourceUsage()
        usage.memoryPeakBytes = try object.count("memoryPeakBytes")
        if let memory = try object.optionalObject("memory") {
            usage.memoryAnonBytes = try memory.count("anonBytes")
            usage.memoryFileBytes = try memory.count("fileBytes")
            usage.memoryShmemBytes = try memory.count("shmemBytes")
            usage.memoryKernelBytes = try memory.count("kernelBytes")
        }
        usage.swapPeakBytes = try object.count("swapPeakBytes")
        usage.cpuUs = try object.count("cpuUs")
        usage.cpuUserUs = try object.count("cpuUserUs")
        usage.cpuSystemUs = try object.count("cpuSystemUs")
        usage.cpuThrottledUs = try object.count("cpuThrottledUs")
        usage.pidsPeak = try object.count("pidsPeak")
        usage.ioReadBytes = try object.count("ioReadBytes")
        usage.ioWriteBytes = try object.count("ioWriteBytes")
        usage.diskPeakBytes = try object.count("diskPeakBytes")
        return usage
    }

    private static func limits(_ object: JSONObject) throws(ReportingError) -> EffectiveLimits {
        var limits = EffectiveLimits()
        limits.memoryBytes = try object.count("memoryBytes")
        limits.cpus = try object.optional("cpus") { $0.double }
        limits.pids = try object.count("pids")
        limits.timeoutMs = try object.count("timeoutMs")
        limits.cpuTimeMs = try object.count("cpuTimeMs")
        limits.diskBytes = try object.count("diskBytes")
        limits.inodes = try object.count("inodes")
        limits.outputBytes = try object.count("outputBytes")
        return limits
    }

    private static func stream(_ object: JSONObject) throws(ReportingError) -> StreamCounts {
        var stream = StreamCounts()
        stream.bytes = try object.whole("bytes")
        stream.truncated = try object.flag("truncated")
        return stream
    }

    private static func file(_ value: JSON) -> CollectedFile? {
        guard let path = value["path"]?.string else { return nil }
        return CollectedFile(path: path, destination: value["destination"]?.string, refused: value["refused"]?.string)
    }
}
