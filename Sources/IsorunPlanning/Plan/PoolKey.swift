internal import IsorunModel

/// What a container that is made ahead of its job has already: a plan without the part that is the job's own.
///
/// A container serves a job only where their keys are equal; everything else of a plan is given with the job, once the
/// limits are in force: the command and its environment, its limits, its streams. Whatever is part of neither makes a
/// plan that no container is made ahead for.
public struct PoolKey: Hashable, Sendable {
    /// Which ids stand behind those inside.
    public let identity: IdentityPlan
    /// Namespaces.
    public let namespaces: [Namespace]
    /// All files, volumes and the size of the writable layer among them.
    public let root: RootPlan
    /// The steps before the job's own.
    public let setup: [SetupStep]
    /// Whether there must be a cgroup.
    public let isBounded: Bool
    /// Who the job is and what it may do: its process has that before it has its command.
    public let rights: JobRights

    /// The key of a plan; nil where its container can only be made when its job is known.
    ///
    /// A terminal has the size of the caller's, a job without init is the container's first process, and an
    /// unprivileged keeper has the child make the layers. Pinned CPUs and disk bandwidth have cgroups of their own, and
    /// a private network has ports that are the job's.
    public init?(_ plan: SandboxPlan) {
        guard plan.identity == .leased, plan.process.initProcess, !plan.process.terminal else { return nil }
        guard plan.cgroup.cpuset == nil, plan.cgroup.io.isEmpty, plan.network.userMode == nil, plan.network.peer == nil
        else { return nil }
        identity = plan.identity
        namespaces = plan.namespaces
        root = plan.root
        setup = plan.setup.filter { !$0.isOfJob }
        isBounded = plan.cgroup.bounds
        rights = JobRights(plan.process)
    }
}

/// A job's user, capabilities and filter.
public struct JobRights: Hashable, Sendable {
    let user: UserSpec
    let capAdd: [String]
    let capDrop: [String]
    let seccomp: SeccompChoice
    let forbidSetIDBits: Bool

    /// The rights of a process.
    public init(_ process: ProcessPlan) {
        user = process.user
        capAdd = process.capAdd
        capDrop = process.capDrop
        seccomp = process.seccomp
        forbidSetIDBits = process.forbidSetIDBits
    }
}

extension SetupStep {
    /// Whether it is carried out by the job's own process, just before `execve`.
    public var isOfJob: Bool {
        switch self {
        case .limits, .credentials, .workdir, .seccomp, .execute: true
        default: false
        }
    }
}
