public import SystemPackage

/// What a container may use; nil is the documented default.
public struct LimitSpec: Hashable, Sendable {
    /// Memory of the whole container, tmpfs and page cache included.
    public var memory: ByteCount?
    /// Memory plus swap, as docker; nil is the same as memory: no swap.
    public var memorySwap: ByteCount?
    /// CPU bandwidth in CPUs: 0.5 is half of one; nil is all.
    public var cpus: Double?
    /// CPUs the job is pinned to, as the kernel's lists: `0-3,7`.
    public var cpuset: CPUSet?
    /// Tasks in the container.
    public var pids: Int?
    /// What an OOM kill ends.
    public var oom: OOMPolicy = .group
    /// Wall clock from start to end.
    public var timeout: Duration?
    /// CPU time of the whole container.
    public var cpuTime: Duration?
    /// Between SIGTERM and the kill.
    public var gracePeriod: Duration?
    /// Size of the writable layer.
    public var disk: ByteCount?
    /// Files in the writable layer.
    public var inodes: UInt64?
    /// Bytes of stdout plus stderr that are kept; past it the job is ended.
    public var maxOutput: ByteCount?
    /// Disk bandwidth.
    public var io: [IOLimit] = []
    /// Per-process limits.
    public var rlimits: [Rlimit] = []

    /// Makes a spec with every default.
    public init() {}
}

/// What an OOM kill ends.
public enum OOMPolicy: String, Hashable, Sendable, CaseIterable, Codable {
    /// The whole job.
    case group
    /// The process the kernel picked.
    case process
}

/// A bandwidth limit on one block device.
public struct IOLimit: Hashable, Sendable {
    /// Which way the bytes go.
    public enum Direction: String, Hashable, Sendable { case read, write }
    /// The block device, as a path under `/dev`.
    public var device: FilePath
    /// Which way the bytes go.
    public var direction: Direction
    /// Bytes per second.
    public var bytesPerSecond: ByteCount

    /// Makes a limit.
    public init(device: FilePath, direction: Direction, bytesPerSecond: ByteCount) {
        self.device = device
        self.direction = direction
        self.bytesPerSecond = bytesPerSecond
    }
}

/// CPUs by number, as `sched_setaffinity(2)` and the cpuset controller take them.
public struct CPUSet: Hashable, Sendable {
    /// The numbers, ascending.
    public var cpus: [Int]

    /// Makes a set of these CPUs.
    public init(cpus: [Int]) { self.cpus = Set(cpus).sorted() }

    /// Parses the kernel's list format: `0-3,7`; nil for what is no list.
    public init?(parsing text: String) {
        var cpus: [Int] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let bounds = part.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
            guard let first = bounds.first, let low = first, let last = bounds.last, let high = last else { return nil }
            guard bounds.count <= 2, 0 <= low, low <= high, high < 8192 else { return nil }
            cpus += low...high
        }
        self.init(cpus: cpus)
    }

    /// The list as the kernel reads it.
    public var text: String { cpus.map(String.init).joined(separator: ",") }
}

/// A per-process limit, `setrlimit(2)`.
public struct Rlimit: Hashable, Sendable {
    /// The resource, by docker's names.
    public enum Resource: String, Hashable, Sendable, CaseIterable {
        case core, cpu, data, fsize, locks, memlock, msgqueue, nice, nofile, nproc, rss, rtprio, rttime, sigpending,
            stack
    }
    /// Which limit.
    public var resource: Resource
    /// The soft limit; `UInt64.max` is unlimited.
    public var soft: UInt64
    /// The hard limit; `UInt64.max` is unlimited.
    public var hard: UInt64

    /// Makes a limit.
    public init(_ resource: Resource, soft: UInt64, hard: UInt64) {
        self.resource = resource
        self.soft = soft
        self.hard = hard
    }
}
