internal import IsorunModel

/// Something that runs in one container at a time: a job, a test, or several tests that share a container.
public struct RunItem: Hashable, Sendable {
    /// The name, unique in its run.
    public var name: String
    /// Memory that is kept free for it, in bytes; nil where its limit is only the default one.
    public var memory: UInt64?
    /// CPUs that are kept free for it.
    public var cpus: Double
    /// Items that must have passed before it starts, by their index.
    public var needs: [Int]
    /// What of the host only one item can have at a time, such as a port, by numbers that the caller gives.
    public var claims: Set<Int> = []
    /// Attempts after the first; nil takes the policy's.
    public var retries: Int?
    /// How long it took the last time.
    public var expected: Duration?

    /// Makes an item that needs one CPU and nothing else.
    public init(name: String, memory: UInt64? = nil, cpus: Double = 1, needs: [Int] = [], expected: Duration? = nil) {
        self.name = name
        self.memory = memory
        self.cpus = cpus
        self.needs = needs
        self.expected = expected
    }
}

extension [RunItem] {
    /// Those at some places, in that order.
    ///
    /// Of their needs those are left that are among them.
    public func keeping(_ indices: [Int]) -> [RunItem] {
        var places: [Int: Int] = [:]
        for (place, index) in indices.enumerated() { places[index] = place }
        // What items had in common they have in common again.
        var needs = SharedByNeighbours<[Int], [Int]>()
        return indices.map { index in
            var item = self[index]
            item.needs = needs.value(of: item.needs) { $0.compactMap { places[$0] } }
            return item
        }
    }
}

/// What is asked of the whole run.
public struct RunPolicy: Hashable, Sendable {
    /// Most items at a time; nil is as many as fit.
    public var jobs: Int?
    /// CPUs of the host.
    public var hostCPUs = 1.0
    /// Memory of the host that items may take together, in bytes.
    public var hostMemory = UInt64.max
    /// Attempts after the first.
    public var retries = 0
    /// How many items may fail before nothing new is started.
    public var maxFail: Int?
    /// How often each item runs; nil is without end, which takes `untilFail`.
    public var rounds: Int? = 1
    /// Whether the run ends with the first failure, and goes on until then.
    public var untilFail = false
    /// Most items that are made ready while others run, so that each can start as soon as its turn has come.
    public var ahead = 0
    /// The order's seed, where it is to be shuffled.
    public var seed: UInt64?

    /// Makes the policy of a plain run.
    public init() {}

    /// Whether nothing may start before what is before it has ended, and its verdict is known.
    var isInTurn: Bool { jobs == 1 || maxFail != nil || untilFail }

    /// How many items of one CPU run at a time.
    public var lanes: Int { min(jobs ?? .max, max(Int(hostCPUs), 1)) }
}

/// How an attempt of an item ended, as far as the runner has to know.
public enum ItemVerdict: Hashable, Sendable {
    /// It passed.
    case passed
    /// It did not.
    case failed
    /// The host ran out of memory though the item was within its own limit: it says nothing of the item.
    case hostOutOfMemory
    /// Something of it has not been reached yet; it goes on in a container of its own.
    case unfinished
    /// It was ended because the run was.
    case cancelled
}
