public import SystemPackage

/// Who the job is and what it may do.
public struct ProcessSpec: Hashable, Sendable {
    /// Variables beside the documented ones, in order; nil takes the host's value where there is one.
    public var environment: [EnvironmentEntry] = []
    /// User and group inside the container.
    public var user = UserSpec(uid: 0, gid: 0)
    /// Host name inside.
    public var hostname = "isorun"
    /// The system call filter.
    public var seccomp: SeccompChoice = .builtin(.default)
    /// Capabilities added to the default set, `CAP_` left out, or `ALL`.
    public var capAdd: [String] = []
    /// Capabilities taken from the default set.
    public var capDrop: [String] = []
    /// A tiny init is PID 1 and the job PID 2.
    public var initProcess = true

    /// Makes a spec with every default.
    public init() {}
}

/// A variable of the environment: `K=V`, or `K` for the host's own value.
public struct EnvironmentEntry: Hashable, Sendable {
    /// The name.
    public var name: ByteString
    /// The value; nil takes the host's.
    public var value: ByteString?

    /// Makes an entry.
    public init(name: ByteString, value: ByteString?) {
        self.name = name
        self.value = value
    }
}

/// A user and its groups by number.
public struct UserSpec: Hashable, Sendable {
    /// The user, 0 to 65535.
    public var uid: UInt32
    /// The group, 0 to 65535.
    public var gid: UInt32
    /// The supplementary groups, each 0 to 65535 and once; given where the host lets the container have any.
    public var groups: [UInt32]

    /// Makes a user.
    public init(uid: UInt32, gid: UInt32, groups: [UInt32] = []) {
        self.uid = uid
        self.gid = gid
        self.groups = groups
    }
}

/// A system call filter, by name or from a file.
public enum SeccompChoice: Hashable, Sendable {
    /// One of isorun's own.
    case builtin(SeccompProfileName)
    /// A docker-format JSON profile.
    case file(FilePath)
}

/// isorun's own system call filters.
public enum SeccompProfileName: String, Hashable, Sendable, CaseIterable {
    /// What docker's default allows, without new namespaces, keyrings, io_uring, bpf and mounts.
    case `default`
    /// For code that is not trusted.
    case strict
    /// What lldb, gdb and the sanitizers need.
    case debug
    /// No filter.
    case unconfined
}

/// How the job's streams are connected.
public struct StreamSpec: Hashable, Sendable {
    /// Standard input is kept (`-i`).
    public var interactive = false
    /// The job gets a terminal of its own (`-t`).
    public var terminal = false
    /// It lives on behind the caller's back (`-d`): no limit of time and of output by default.
    public var detached = false

    /// Makes a spec with every default.
    public init() {}
}

/// What is kept of a job beside its output.
public struct CollectionSpec: Hashable, Sendable {
    /// Files copied out at the end.
    public var artifacts: [ArtifactSpec] = []
    /// A list of every path the job added, changed or deleted is written here.
    public var writes: FilePath?
    /// JUnit files of the job's own, as patterns.
    public var junitPatterns: [String] = []
    /// Where the writable layers of a job that passed are stored, to lie under other jobs: a directory of the caller's
    /// own that nobody else enters.
    public var layers: FilePath?

    /// Makes a spec with every default.
    public init() {}
}

/// Files to copy out: `PATTERN[:DEST]`.
public struct ArtifactSpec: Hashable, Sendable {
    /// A path inside with `*`, `?`, `[…]` and `**`; relative to the working directory.
    public var pattern: String
    /// Where copies go on the host; nil is the current directory.
    public var destination: FilePath?
    /// Whether the destination was written with a slash at its end, and so is a directory even where it is not there
    /// yet; without one it may also be the name of a single file's copy.
    public var intoDirectory: Bool
    /// Directories below the destination that are isorun's to make, and to enter through no link; empty where there are
    /// none.
    public var below = FilePath()

    /// Makes an artifact.
    public init(pattern: String, destination: FilePath?, intoDirectory: Bool = false) {
        self.pattern = pattern
        self.destination = destination
        self.intoDirectory = intoDirectory
    }
}
