/// All that is known of one attempt of one job: the result document, `isorun.result/1`.
public struct JobResult: Hashable, Sendable {
    /// The job's name.
    public var name: String
    /// The command, repaired where it is no UTF-8.
    public var command: [String]
    /// How it ended.
    public var outcome: Outcome
    /// Which time limit, where one ended it.
    public var timedOut: TimeLimit?
    /// The exit code, where it exited.
    public var exitCode: Int32?
    /// The signal's name, `SIGKILL`, where one ended it.
    public var signal: String?
    /// Whether the kernel says that it dumped core.
    public var coreDumped = false
    /// Limits that were hit, whether or not they ended it.
    public var limitsHit: [Limit] = []
    /// One sentence for a person.
    public var reason: String
    /// What the kernel counted.
    public var events = EventCounts()
    /// Processes alive when the job's own had ended, by name; at most 16 are named.
    public var leaked: [String] = []
    /// Wall clock at the start, microseconds since 1970.
    public var startedAtUs: Int64
    /// From the start of the job to its end.
    public var duration: Duration
    /// How long the container took; nil where the job never started.
    public var startup: Startup?
    /// What it used.
    public var resources = ResourceUsage()
    /// The limits in force.
    public var limits = EffectiveLimits()
    /// Limits this host cannot enforce, and the user allowed that.
    public var unenforced: [Limit] = []
    /// The host.
    public var host: HostSummary
    /// Standard output.
    public var stdout = StreamCounts()
    /// Standard error.
    public var stderr = StreamCounts()
    /// Artifacts that were copied out and what was refused.
    public var collected: [CollectedFile] = []
    /// Which attempt this was, from 1.
    public var attempt = 1
    /// Whether an earlier attempt failed and this one passed.
    public var flaky = false
    /// Which test of a framework it was, where it was one.
    public var testcase: TestcaseName?
    /// Why the framework left the test out, where it did; the outcome is `passed` then.
    public var skipped: String?

    /// Makes a result with nothing counted.
    public init(
        name: String,
        command: [String],
        outcome: Outcome,
        reason: String,
        startedAtUs: Int64,
        duration: Duration,
        host: HostSummary
    ) {
        self.name = name
        self.command = command
        self.outcome = outcome
        self.reason = reason
        self.startedAtUs = startedAtUs
        self.duration = duration
        self.host = host
    }
}

/// The two parts of a test's name, as JUnit has them.
public struct TestcaseName: Hashable, Sendable {
    /// What the test belongs to: a class, a module, a file.
    public var classname: String
    /// Its own name there.
    public var name: String

    /// Makes a name.
    public init(classname: String, name: String) {
        self.classname = classname
        self.name = name
    }
}

/// What the kernel counted; nil where this host cannot say.
public struct EventCounts: Hashable, Sendable {
    /// Processes the OOM killer ended.
    public var oomKills: UInt64?
    /// Times memory reached its limit and something had to be reclaimed.
    public var memoryLimitHits: UInt64?
    /// Forks refused at the pids limit.
    public var pidsLimitHits: UInt64?
    /// Periods in which the CPU bandwidth was used up.
    public var cpuThrottledPeriods: UInt64?
    /// Processes alive when the job's own had ended; nil, too, of a job that isorun ended.
    public var leakedProcesses: UInt64?

    /// Makes counts that say nothing.
    public init() {}
}

/// How long the container took to make.
public struct Startup: Hashable, Sendable {
    /// From the moment isorun began to make the container until the job's `execve` had succeeded.
    public var total: Duration
    /// Named parts of it, in order; they add up to the total.
    public var phases: [Phase]

    /// A part of the startup.
    public struct Phase: Hashable, Sendable {
        /// `cgroup`, `clone`, `idmap`, `rootfs`, `setup`, `exec`.
        public var name: String
        /// How long it took on the critical path.
        public var duration: Duration

        /// Makes a phase.
        public init(_ name: String, _ duration: Duration) {
            self.name = name
            self.duration = duration
        }
    }

    /// Makes a startup.
    public init(total: Duration, phases: [Phase]) {
        self.total = total
        self.phases = phases
    }
}

/// Bytes that went through a stream.
public struct StreamCounts: Hashable, Sendable {
    /// All bytes the job wrote and isorun read.
    public var bytes: UInt64 = 0
    /// Whether some were left out of the reports or could not be passed on.
    public var truncated = false

    /// Makes an empty count.
    public init() {}
}

/// A file taken out of the container, or the reason why not.
public struct CollectedFile: Hashable, Sendable {
    /// The path inside.
    public var path: String
    /// The path on the host, where it was copied.
    public var destination: String?
    /// Why it was left out.
    public var refused: String?

    /// Makes an entry.
    public init(path: String, destination: String?, refused: String?) {
        self.path = path
        self.destination = destination
        self.refused = refused
    }
}
