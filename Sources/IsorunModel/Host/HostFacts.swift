public import SystemPackage

/// What isorun knows of the host, read once before anything is planned.
public struct HostFacts: Hashable, Sendable {
    /// Who runs isorun.
    public var caller = Caller()
    /// The kernel's release, as `uname -r` prints it.
    public var kernelRelease = ""
    /// Bytes of memory.
    public var memoryBytes: UInt64 = 0
    /// CPUs this process may run on.
    public var cpus: [Int] = []
    /// File systems mounted on the host, in mount order.
    public var mounts: [HostMount] = []
    /// What the cgroup hierarchies offer.
    public var cgroups = CgroupFacts()
    /// Ranges of ids that were handed to the caller (`/etc/subuid`, `/etc/subgid`).
    public var subordinateIDs: SubordinateIDs?
    /// Whether newuidmap(1) and newgidmap(1) are there, without which such a range cannot be mapped.
    public var hasMapHelpers = true
    /// The homes that `/etc/passwd` names, `/root` among them.
    public var homes: [FilePath] = []
    /// The value of `/proc/sys/kernel/core_pattern`.
    public var corePattern = ""
    /// Directories of homes that PATH may need, and where they are when all symbolic links are followed.
    public var realDirectories: [FilePath: FilePath] = [:]
    /// What the host paths that the spec names are; a path that is not here was not looked at.
    public var paths: AssociationList<FilePath, PathKind> = [:]
    /// What stands in `/` and in directories that hold mounts, where an unprivileged caller's root is put together from
    /// it.
    public var listings: [FilePath: [HostEntry]] = [:]
    /// An empty-handed directory of the host over which layers are mounted for the moment in which they are made.
    public var anchor: FilePath = "/mnt"
    /// This process's own score, which a job must not inherit where it is negative.
    public var oomScoreAdjustment = 0
    /// Hard rlimits of this process: a limit above them cannot be given without CAP_SYS_RESOURCE.
    public var hardRlimits: AssociationList<Rlimit.Resource, UInt64> = [:]

    /// What there is for user-mode networking; nil where it was not looked for.
    public var network: NetworkFacts?

    /// The least port that those without rights may bind; the kernel's default where it was not looked for.
    public var firstUnprivilegedPort: UInt16 { (network ?? NetworkFacts()).firstUnprivilegedPort }

    /// The container whose network is asked for; nil where there is none that runs and has one to share.
    public var peer: PeerFacts?

    /// What could not be read, with the kernel's answer: nothing may be planned then, as any fact may be wrong.
    public var unread: String?

    /// Makes facts that say nothing.
    public init() {}
}

/// A container whose network another one shares.
public struct PeerFacts: Hashable, Sendable {
    /// What stands in its `/etc/resolv.conf`, where isorun has made that.
    public var resolverFile: String?

    /// Makes facts.
    public init(resolverFile: String?) {
        self.resolverFile = resolverFile
    }
}

/// What stands at a path of the host.
public enum PathKind: Hashable, Sendable {
    /// A directory.
    case directory
    /// A regular file.
    case file
    /// A socket, a device, a fifo.
    case special
    /// Nothing, or nothing this caller may look at.
    case missing
}

/// An entry of a directory of the host.
public struct HostEntry: Hashable, Sendable {
    /// What it is.
    public enum Kind: Hashable, Sendable {
        /// A directory.
        case directory
        /// A regular file.
        case file
        /// A symbolic link, and where it leads.
        case link(target: String)
    }
    /// Its name.
    public var name: String
    /// What it is.
    public var kind: Kind
    /// Whether only its owner and group may read it.
    public var isPrivate: Bool

    /// Makes an entry.
    public init(_ name: String, _ kind: Kind, isPrivate: Bool = false) {
        self.name = name
        self.kind = kind
        self.isPrivate = isPrivate
    }
}

/// Who runs isorun and where.
public struct Caller: Hashable, Sendable {
    /// The effective user.
    public var uid: UInt32 = 0
    /// The effective group.
    public var gid: UInt32 = 0
    /// The working directory.
    public var workingDirectory: FilePath = "/"
    /// The nearest ancestor of the working directory with `.git`, else that directory; nil for `/` and homes.
    public var project: FilePath?
    /// The environment, in order.
    public var environment: [EnvironmentEntry] = []

    /// Whether isorun can do what only root can.
    public var privileged: Bool { uid == 0 }

    /// Makes a caller that is root in `/`.
    public init() {}
}

/// One line of `/proc/self/mountinfo`.
public struct HostMount: Hashable, Sendable {
    /// Where it is mounted.
    public var mountPoint: FilePath
    /// The path within its file system that is mounted.
    public var root: FilePath
    /// The file system's type.
    public var type: String
    /// The device number, `major:minor`.
    public var device: String
    /// Options of the superblock.
    public var superOptions: String

    /// Makes a mount.
    public init(mountPoint: FilePath, root: FilePath, type: String, device: String, superOptions: String) {
        self.mountPoint = mountPoint
        self.root = root
        self.type = type
        self.device = device
        self.superOptions = superOptions
    }
}

/// Which controllers a job's cgroup can have here, and where.
public struct CgroupFacts: Hashable, Sendable {
    /// How the host mounts its hierarchies.
    public enum Mode: String, Hashable, Sendable { case v1, v2, hybrid, none }
    /// How the host mounts its hierarchies.
    public var mode: Mode = .none
    /// For each controller that a job's cgroup can get: the directory below which it is made.
    public var parents: AssociationList<Controller, FilePath> = [:]
    /// The cgroup2 directory for the life cycle, with or without controllers; nil on a pure v1 host.
    public var unifiedParent: FilePath?
    /// Controllers that the kernel has but this caller cannot use, with the reason and the way out.
    public var refusals: AssociationList<Controller, String> = [:]

    /// A controller by the kernel's name.
    public enum Controller: String, Hashable, Sendable, CaseIterable {
        case memory, cpu, cpuacct, pids, io, cpuset
    }

    /// Makes facts of a host without cgroups.
    public init() {}
}

/// Ranges of ids from `/etc/subuid` and `/etc/subgid`.
public struct SubordinateIDs: Hashable, Sendable {
    /// A range.
    public struct Range: Hashable, Sendable {
        /// The first id.
        public var start: UInt32
        /// How many.
        public var count: UInt32

        /// Makes a range.
        public init(start: UInt32, count: UInt32) {
            self.start = start
            self.count = count
        }
    }
    /// Users.
    public var uids: Range
    /// Groups.
    public var gids: Range

    /// Makes ranges.
    public init(uids: Range, gids: Range) {
        self.uids = uids
        self.gids = gids
    }
}
