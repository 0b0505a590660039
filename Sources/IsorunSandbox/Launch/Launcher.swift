internal import CIsorunChild
internal import CIsorunSystem
internal import Glibc
internal import IsorunCgroups
internal import IsorunModel
internal import IsorunPlanning
internal import IsorunSecurity
internal import IsorunSystem
internal import SystemPackage

/// Carries a plan out, up to the moment in which the container's init has all it needs.
///
/// The order is the protocol with the child (isorun_child.h): make the cgroup, clone into it, map ids, say go, lay the
/// root while the child makes what needs none, send the mounts. The proof that execve succeeded comes as a message.
struct Launcher: Sendable {
    var plan: SandboxPlan
    var facts: HostFacts
    /// Nil where no cgroup can be made and the user allowed that.
    var cgroups: CgroupTree?
    var filter: CompiledFilter?
    var capabilities: CapabilityMasks
    var terminalSize: UInt64 = 0
    /// Whether the job may run where the host cannot bound swap.
    var allowsUnlimitedSwap = false
    /// What the containers of a run share; nil for a container that stands alone.
    var skeletons: SharedSkeletons?
    /// Programs for the child that are known; nil for a container that stands alone.
    var programs: SharedPrograms?
    /// Clones in place of this process; nil where that does so itself.
    var forkServer: ForkServer?

    /// Makes the container; its job starts as soon as init has carried out the plan, or at a word.
    ///
    /// - Parameters:
    ///   - awaitsWord: whether that waits for ``Container/begin()``.
    ///   - changeProgram: changes the child's program before it runs, and hears the container's slot: for tests.
    /// - Returns: the container, which init makes ready.
    /// - Throws: ``SandboxError`` that names the step; nothing is left then.
    func launch(
        awaitsWord: Bool = false,
        changeProgram: ((inout ChildProgram, _ slot: Int) -> Void)? = nil
    ) throws(SandboxError) -> Container {
        var phases = PhaseClock()
        let reservation = try PortReservation(
            plan.network.userMode?.ports ?? [],
            choosingFrom: facts.firstUnprivilegedPort
        )
        let cgroup = try makeCgroup()
        var failure: SandboxError?
        var child: OwnedDescriptor?
        do throws(SystemError) {
            let entrances = try openEntrances(of: cgroup)
            phases.end("cgroup")
            var streams = try JobStreams(terminal: plan.process.terminal, interactive: plan.process.interactive)
            var sockets: SocketPair? = try SocketPair()
            let identity = IdentityRange(
                plan.identity,
                caller: facts.caller,
                slot: cgroup.slot,
                hasCarrier: plan.network.userMode != nil
            )
            streams.give(to: plan.process.user, of: identity)
            var surroundings = surroundings(identity, streams.jobEnds, control: sockets?.far.raw ?? -1)
            surroundings.awaitsWord = awaitsWord
            var program = try program(entering: entrances)
            changeProgram?(&program, cgroup.slot)
            var pidfd: Int32 = -1
            let pid = try clone(program, surroundings, into: cgroup, &pidfd)
            child = OwnedDescriptor(pidfd)
            entrances.close()
            // Only the child holds its ends now: its death is then the end of every stream.
            streams.closeJobEnds()
            guard let pair = sockets.take() else { throw SystemError("clone", "", .badFileDescriptor) }
            let control = pair.keepNear()
            phases.end("clone")
            // A user namespace that is shared has its ids.
            if plan.network.peer == nil || facts.caller.privileged { try identity.apply(to: pid) }
            try send(ISORUN_COMMAND_GO, [], over: control)
            phases.end("idmap")
            let ports = reservation.ports
            // Gone in the moment in which pasta binds them.
            discard(reservation)
            let network = try startNetwork(publishing: ports, container: pid, identity)
            let root = facts.caller.privileged ? try layRoot(pid, owner: identity.first) : PreparedRoot()
            if facts.caller.privileged {
                let scratch = facts.staging.isDetached ? root.layers.prefix(1) : []
                try send(ISORUN_COMMAND_GO, (root.mounts + scratch).map { $0.descriptor.raw }, over: control)
            }
            phases.end("rootfs")
            failure = network?.waitUntilReady()
            if failure != nil { throw SystemError("bring the private network up", "", .canceled) }
            if network != nil {
                try send(ISORUN_COMMAND_GO, [], over: control)
                phases.end("network")
            }
            guard let process = child.take() else { throw SystemError("clone", "", .badFileDescriptor) }
            return Container(
                process: process,
                pid: pid,
                control: control,
                cgroup: cgroup,
                standardInput: streams.input.take(),
                standardOutput: streams.output.take(),
                standardError: streams.error.take(),
                root: root,
                network: network,
                ports: ports,
                sentLayers: program.sentLayers,
                awaitsWord: awaitsWord,
                clock: phases
            )
        } catch {
            if let child = child.take() { child.killChild() }
            throw failure ?? SandboxError(error)
        }
    }

    private func program(entering entrances: Entrances) throws(SystemError) -> ChildProgram {
        let privileged = facts.caller.privileged
        let surroundings = ChildSurroundings(
            root: plan.root,
            keeperLaysRoot: privileged,
            sendsScratch: privileged && facts.staging.isDetached,
            anchor: privileged ? facts.anchor : ScratchLayers.anchor(for: plan.root),
            appendsLayers: facts.staging.appendsLayers,
            cgroups: entrances.paths,
            jobReadiesEarly: jobReadiesEarly,
            terminalSize: terminalSize
        )
        var program = try (programs ?? SharedPrograms()).program(steps: plan.setup, in: surroundings)
        program.enter(entrances.descriptors)
        return program
    }

    /// Whether the job can ready itself before its root is there.
    ///
    /// It then waits and changes directory behind its filter, which isorun's own filters all allow; a terminal is made
    /// in the root.
    private var jobReadiesEarly: Bool {
        guard case .builtin = plan.process.seccomp else { return false }
        return plan.process.initProcess && !plan.process.terminal
    }

    /// What the child needs to start the job.
    func surroundings(
        _ identity: IdentityRange,
        _ streams: (Int32, Int32, Int32),
        control: Int32
    ) -> JobMemory.Surroundings {
        JobMemory.Surroundings(
            control: control,
            streams: streams,
            capabilities: capabilities,
            filter: filter,
            initID: identity.initID,
            maySetGroups: identity.maySetGroups
        )
    }

    /// The plan's limits as the cgroup takes them.
    private var limits: CgroupLimits {
        var limits = CgroupLimits()
        limits.memory = plan.cgroup.memory
        limits.memorySwap = plan.cgroup.memory == nil ? nil : plan.cgroup.memorySwap ?? .max
        limits.allowsUnlimitedSwap = allowsUnlimitedSwap
        limits.cpus = plan.cgroup.cpus
        limits.cpuset = plan.cgroup.cpuset
        limits.pids = plan.cgroup.pids
        limits.io = plan.cgroup.io
        limits.oomGroup = plan.cgroup.oom == .group
        limits.ownTasks = plan.process.initProcess ? 1 : 0
        return limits
    }

    private func discard(_ reservation: consuming PortReservation) {}

    private func startNetwork(
        publishing ports: [PublishedPort],
        container pid: Int32,
        _ identity: IdentityRange
    ) throws(SystemError) -> NetworkCarrier? {
        guard let network = plan.network.userMode else { return nil }
        return try NetworkCarrier.start(
            network,
            publishing: ports,
            container: pid,
            identity: identity,
            privileged: facts.caller.privileged
        )
    }

    private func makeCgroup() throws(SandboxError) -> KeptCgroup {
        guard let cgroups else {
            do throws(SystemError) { return try KeptCgroup(without: facts.caller) } catch { throw SandboxError(error) }
        }
        do throws(CgroupError) {
            return KeptCgroup(try JobCgroup.create(in: cgroups, limits: limits))
        } catch {
            throw LimitFailure.error(error, asked: plan.cgroup)
        }
    }

    private func openEntrances(of cgroup: borrowing KeptCgroup) throws(SystemError) -> Entrances {
        do throws(CgroupError) {
            return try cgroup.openEntrances()
        } catch {
            throw SystemError(error)
        }
    }

    private func clone(
        _ program: ChildProgram,
        _ surroundings: JobMemory.Surroundings,
        into cgroup: borrowing KeptCgroup,
        _ pidfd: inout Int32
    ) throws(SystemError) -> Int32 {
        if let peer = plan.network.peer {
            let memory = JobMemory(program, plan: plan, in: surroundings)
            return try clone(memory, into: cgroup, beside: peer, &pidfd)
        }
        // The child makes the rest: it can while the keeper goes on. But a network that something of the host's carries
        // has to be there for that to enter.
        let made: [Namespace] = plan.network.userMode == nil ? [.user, .pid, .mount] : [.user, .pid, .mount, .network]
        let flags = made.reduce(0) { $0 | $1.cloneFlag }
        let unified = cgroup.unifiedDescriptor ?? -1
        let served = forkServer?.clone(
            JobMemory.size(program, plan, filter),
            flags: flags,
            cgroup: unified,
            &pidfd
        ) { JobMemory(program, plan: plan, in: surroundings, arena: $0) }
        let pid = served ?? cloneHere(program, surroundings, flags, unified, &pidfd)
        return try check(pid, "clone a process into new namespaces")
    }

    private func cloneHere(
        _ program: ChildProgram,
        _ surroundings: JobMemory.Surroundings,
        _ flags: UInt64,
        _ cgroup: Int32,
        _ pidfd: inout Int32
    ) -> Int32 {
        let memory = JobMemory(program, plan: plan, in: surroundings)
        return unsafe withUnsafePointer(to: memory.program) { program in
            unsafe isorun_child_start(program, flags, cgroup, &pidfd)
        }
    }

    /// Root's container has a user namespace of its own; anybody else's shares that of the other one, too, for the right
    /// to enter a network namespace is had there alone.
    private func clone(
        _ memory: borrowing JobMemory,
        into cgroup: borrowing KeptCgroup,
        beside peer: NetworkPeer,
        _ pidfd: inout Int32
    ) throws(SystemError) -> Int32 {
        guard let found = try PeerContainer(peer) else {
            throw SystemError("find the container whose network is shared", "", .noSuchProcess)
        }
        let user = Namespace.user.cloneFlag
        let joined = Namespace.network.cloneFlag | (facts.caller.privileged || found.isNamespace ? 0 : user)
        let made = Namespace.pid.cloneFlag | Namespace.mount.cloneFlag | (facts.caller.privileged ? user : 0)
        var entered: Int32 = 0
        let (door, owner) = (found.door.raw, found.owner)
        let group = cgroup.unifiedDescriptor ?? -1
        let pid = unsafe withUnsafePointer(to: memory.program) { program in
            unsafe isorun_child_join(program, owner, door, joined, made, group, &pidfd, &entered)
        }
        let action = entered == 0 ? "enter the network of the other container" : "clone a process into new namespaces"
        return try check(pid, action)
    }

    private func layRoot(_ pid: Int32, owner: UInt32) throws(SystemError) -> PreparedRoot {
        let path = "/proc/\(pid)/ns/user"
        let raw = unsafe open(path, O_RDONLY | O_CLOEXEC)
        let namespace = try OwnedDescriptor(raw < 0 ? -errno : raw, "open the user namespace", path)
        let builder = LayerBuilder(staging: facts.staging, owner: owner, shared: skeletons)
        return try builder.build(plan.root, userNamespace: namespace)
    }

    private func send(
        _ kind: isorun_command_kind,
        _ descriptors: [Int32],
        over control: borrowing OwnedDescriptor
    ) throws(SystemError) {
        var command = isorun_command(kind: kind.rawValue, signal: 0)
        let size = MemoryLayout<isorun_command>.size
        let count = Int32(descriptors.count)
        let result = unsafe isorun_send(control.raw, &command, size, descriptors, count)
        // A child that has failed is gone; its report waits in the socket and says more than this error would.
        if result == -EPIPE || result == -ECONNRESET { return }
        _ = try check(result, "talk to init")
    }
}

extension Namespace {
    /// The kernel's CLONE_NEW* bit, clone(2).
    var cloneFlag: UInt64 {
        switch self {
        case .user: 0x1000_0000
        case .pid: 0x2000_0000
        case .mount: 0x0002_0000
        case .network: 0x4000_0000
        case .uts: 0x0400_0000
        case .ipc: 0x0800_0000
        case .cgroup: 0x0200_0000
        }
    }
}

extension SystemError {
    /// Takes over a cgroup's error with all that it says.
    init(_ error: CgroupError) {
        let detail = [error.detail, error.hint].compactMap { $0 }.joined(separator: "; ")
        let errno = error.errno ?? .invalidArgument
        self.init(error.action, error.path.string, errno, detail: detail.isEmpty ? nil : detail)
    }
}
