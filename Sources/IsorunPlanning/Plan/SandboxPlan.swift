public import IsorunModel
public import SystemPackage

/// The sandbox that will be built, as a value: what `plan` prints and what the launcher carries out.
public struct SandboxPlan: Hashable, Sendable {
    /// The job's name in reports.
    public var name: String
    /// Which ids outside stand behind those inside.
    public var identity: IdentityPlan
    /// Namespaces the container gets of its own.
    public var namespaces: [Namespace]
    /// The network that it sees.
    public var network: NetworkPlan
    /// What the cgroup holds the container to.
    public var cgroup: CgroupPlan
    /// The file system the container sees.
    public var root: RootPlan
    /// The job's process.
    public var process: ProcessPlan
    /// Limits that isorun itself watches.
    public var watch: WatchPlan
    /// Steps inside the container, in order, before the job's own.
    public var setup: [SetupStep]
    /// What the host cannot enforce and the user allowed to be missing.
    public var unenforced: [Limit]
    /// Sentences for a person about what was decided.
    public var notes: [String]
}

/// A kernel namespace, by OCI's names.
public enum Namespace: String, Hashable, Sendable, CaseIterable {
    case user, pid, mount, network, uts, ipc, cgroup
}

/// Which ids outside stand behind those inside.
public enum IdentityPlan: Hashable, Sendable {
    /// Root's case: container ids 0–65535, and init's own id after them, on a range leased for this container's life.
    case leased
    /// An unprivileged user with a subordinate range: container root is the user, the others are the range's.
    case subordinate(SubordinateIDs)
    /// An unprivileged user without one: only one id inside, which is the user.
    case single
}

/// The id that init has inside: one past the last that the job can have.
public let initContainerID: UInt32 = 65536

/// The id that what carries a private network has inside, where ids are leased: nobody else has it.
public let networkContainerID: UInt32 = 65537

/// What the cgroup holds the container to; nil bounds nothing.
public struct CgroupPlan: Hashable, Sendable {
    /// Bytes of memory.
    public var memory: UInt64?
    /// Bytes of memory plus swap; nil where swap is not bounded.
    public var memorySwap: UInt64?
    /// CPU bandwidth.
    public var cpus: Double?
    /// CPUs to run on.
    public var cpuset: CPUSet?
    /// Tasks of the job, init not counted.
    public var pids: UInt64?
    /// Disk bandwidth.
    public var io: [IOLimit]
    /// What an OOM kill ends.
    public var oom: OOMPolicy

    /// Whether it holds the container to anything.
    public var bounds: Bool {
        memory != nil || memorySwap != nil || cpus != nil || cpuset != nil || pids != nil || !io.isEmpty
    }
}

/// What isorun itself watches.
public struct WatchPlan: Hashable, Sendable {
    /// Wall clock; nil bounds nothing.
    public var timeout: Duration?
    /// CPU time of the whole container.
    public var cpuTime: Duration?
    /// Between SIGTERM and the kill.
    public var gracePeriod: Duration
    /// Bytes of stdout plus stderr; nil bounds nothing.
    public var maxOutput: UInt64?
}

/// The job's process.
public struct ProcessPlan: Hashable, Sendable {
    /// Arguments, the program's name first.
    public var arguments: [ByteString]
    /// Paths to try in turn, as `execvp` would.
    public var candidates: [ByteString]
    /// The whole environment, `K=V`.
    public var environment: [ByteString]
    /// The working directory inside.
    public var workdir: FilePath
    /// User and group inside.
    public var user: UserSpec
    /// Per-process limits.
    public var rlimits: [Rlimit]
    /// The filter.
    public var seccomp: SeccompChoice
    /// Whether set-user-ID bits are refused, because a host directory is writable.
    public var forbidSetIDBits: Bool
    /// Whether the limit on core files must not be lowered, because a pipe handler on the host would run.
    public var pinCoreLimit: Bool
    /// Capabilities asked for beside the default.
    public var capAdd: [String]
    /// Capabilities taken from the default.
    public var capDrop: [String]
    /// Whether a tiny init is PID 1.
    public var initProcess: Bool
    /// Whether the job gets a terminal of its own.
    public var terminal: Bool
    /// Whether standard input is kept.
    public var interactive: Bool
}
