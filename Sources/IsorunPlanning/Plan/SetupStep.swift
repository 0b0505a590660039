public import IsorunModel
public import SystemPackage

/// One step inside the container; each is one or a few kernel actions with one way to fail.
public enum SetupStep: Hashable, Sendable {
    /// The namespaces that the child makes for itself while the keeper maps its ids: a network namespace takes longer
    /// than all others together.
    case namespaces([Namespace])
    /// The network namespace of another container, which is entered before this one is cloned.
    case joinNetwork(NetworkPeer)
    /// The container's cgroups, in the hierarchies of v1; the unified one holds it from the clone on.
    case joinCgroups
    /// A cgroup namespace whose root is the container's own cgroup: on v1 a process joins that only after the clone.
    case cgroupNamespace
    /// A session keyring of its own.
    case sessionKeyring
    /// Mount propagation to and from the host ends.
    case privateMounts
    /// The loopback interface comes up.
    case loopback
    /// Whoever is in the new network namespace may listen on ports below 1024, as with docker.
    case lowPorts
    /// The host name.
    case hostname(String)
    /// oom_score_adj goes back to 0.
    case oomScore
    /// A pseudo file system of the container's own.
    case pseudo(type: String, path: FilePath, options: [String])
    /// A directory of the host with all that is mounted in it, read-only.
    case hostTree(FilePath)
    /// A device node of the host, by name.
    case device(String)
    /// A symbolic link in `/dev`.
    case deviceLink(name: String, target: String)
    /// A directory in `/dev`.
    case deviceDirectory(name: String, mode: UInt32)
    /// A mount that the keeper prepared, or the container makes, is put in place: volumes, overlays, scratch.
    case place(FilePath)
    /// A path of `/proc` or `/sys` becomes read-only.
    case readOnly(FilePath)
    /// A path of `/proc` or `/sys` becomes empty.
    case mask(FilePath)
    /// The root file system becomes `/`.
    case pivot
    /// `/` becomes read-only.
    case sealRoot
    /// What carries the private network has brought it up.
    case network
    /// A terminal of the container's own.
    case terminal
    /// A visitor enters the container's namespaces.
    case enter
    /// Init takes an id of its own.
    case becomeInit
    /// Per-process limits.
    case limits
    /// Groups, ids, capabilities, no_new_privs.
    case credentials
    /// The working directory.
    case workdir(FilePath)
    /// The system call filter.
    case seccomp
    /// `execve`.
    case execute(String)
}

extension SetupStep: CustomStringConvertible {
    /// The step as `plan` prints it and as an error names it.
    public var description: String {
        switch self {
        case .namespaces(let made): "make its \(made.map(\.rawValue).joined(separator: ", ")) namespaces"
        case .joinNetwork(.container(let name)): "enter the network namespace of the container \(name)"
        case .joinNetwork(.namespaces): "enter the network namespace of the container beside it"
        case .joinCgroups: "join the container's cgroups"
        case .cgroupNamespace: "make the container's cgroup the root of what it sees of cgroups"
        case .sessionKeyring: "join a session keyring of its own"
        case .privateMounts: "end mount propagation to the host"
        case .loopback: "bring the loopback interface up"
        case .lowPorts: "let everybody inside listen on ports below 1024"
        case .hostname(let name): "set the host name to \(name)"
        case .oomScore: "reset oom_score_adj to 0"
        case .pseudo(let type, let path, let options):
            "mount \(type) on \(path)" + (options.isEmpty ? "" : " (\(options.joined(separator: ",")))")
        case .hostTree(let path): "bind the host's \(path), read-only"
        case .device(let name): "bind /dev/\(name)"
        case .deviceLink(let name, let target): "link /dev/\(name) to \(target)"
        case .deviceDirectory(let name, let mode): "make /dev/\(name) with mode \(String(mode, radix: 8))"
        case .place(let path): "mount \(path)"
        case .readOnly(let path): "make \(path) read-only"
        case .mask(let path): "hide \(path)"
        case .pivot: "make the container's root /"
        case .sealRoot: "make / read-only"
        case .network: "wait until the private network is up"
        case .terminal: "allocate a terminal"
        case .enter: "enter the container's namespaces"
        case .becomeInit: "become init under an id of its own"
        case .limits: "set the per-process limits"
        case .credentials: "take the job's ids and capabilities, and no_new_privs"
        case .workdir(let path): "change to the working directory \(path)"
        case .seccomp: "load the seccomp filter"
        case .execute(let program): "execute \(program)"
        }
    }
}
