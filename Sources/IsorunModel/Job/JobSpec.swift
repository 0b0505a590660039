/// One command to be run in one fresh container, with everything that was asked for it.
///
/// What is nil was not asked for: the planner then takes the documented default, which may depend on the host.
public struct JobSpec: Hashable, Sendable {
    /// The program and its arguments, byte for byte as the kernel gave them; never empty.
    public var command: [ByteString]
    /// The name in reports; nil derives it from the command.
    public var name: String?
    /// What the container sees of the file system.
    public var filesystem = FilesystemSpec()
    /// What the container may use.
    public var limits = LimitSpec()
    /// Who the job is and what it may do.
    public var process = ProcessSpec()
    /// How the job's streams are connected.
    public var streams = StreamSpec()
    /// What is kept of the job beside its output.
    public var collection = CollectionSpec()
    /// What the container sees of the network.
    public var network = NetworkMode.none
    /// Whose network it is, where it is another container's.
    public var networkPeer: NetworkPeer?
    /// Ports of the host that lead into the container's private network.
    public var ports: [PublishedPort] = []
    /// Containers that are started beside it, in one network with it, and end with it.
    public var services: [ServiceSpec] = []
    /// Whether the host's own loopback services are reached through the private network's gateway.
    public var hostLoopback = false
    /// For code that is not trusted: strict seccomp, no capabilities, only world-readable host files, no environment.
    public var untrusted = false
    /// Limits without which the job may run although the host cannot enforce them.
    public var allowUnenforced: UnenforcedPermission = .nothing

    /// Makes a spec with every default.
    public init(command: [ByteString]) {
        self.command = command
    }
}

/// Which limits may go unenforced (`--allow-unenforced`).
public enum UnenforcedPermission: Hashable, Sendable {
    /// Every limit must hold.
    case nothing
    /// These may be missing.
    case limits(Set<Limit>)
    /// Any may be missing.
    case all

    /// Whether the job may run without this limit.
    public func allows(_ limit: Limit) -> Bool {
        switch self {
        case .nothing: false
        case .limits(let limits): limits.contains(limit)
        case .all: true
        }
    }

    /// What either of two allows.
    public func union(_ other: UnenforcedPermission) -> UnenforcedPermission {
        switch (self, other) {
        case (.all, _), (_, .all): .all
        case (.nothing, let some), (let some, .nothing): some
        case (.limits(let first), .limits(let second)): .limits(first.union(second))
        }
    }
}
