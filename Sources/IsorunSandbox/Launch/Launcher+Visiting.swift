internal import CIsorunChild
internal import IsorunCgroups
internal import IsorunModel
internal import IsorunPlanning
internal import IsorunSystem
internal import SystemPackage

extension Launcher {
    /// Starts a command in a container that this launcher made: in all of its namespaces and cgroups, with the job's
    /// own limits, capabilities and filter.
    ///
    /// - Parameters:
    ///   - request: the command.
    ///   - target: a process of the container, by its pidfd.
    ///   - cgroup: the container's.
    /// - Returns: the command, which may still fail to start.
    /// - Throws: where no process can be made.
    func visit(
        _ request: VisitRequest,
        target: Int32,
        cgroup: borrowing KeptCgroup
    ) throws(SystemError) -> Visit {
        let visited = visitedPlan(request)
        let entrances: Entrances
        do throws(CgroupError) { entrances = try cgroup.openEntrances() } catch { throw SystemError(error) }
        defer { entrances.close() }
        let sockets = try SocketPair()
        let identity = IdentityRange(plan.identity, caller: facts.caller, slot: cgroup.slot)
        let streams = request.streams
        identity.give(streams, to: visited.process.user)
        let memory = JobMemory(
            program(of: visited, entrances, target: target, request.terminalSize),
            plan: visited,
            in: JobMemory.Surroundings(
                control: sockets.far.raw,
                streams: streams.count == 3 ? (streams[0], streams[1], streams[2]) : (-1, -1, -1),
                capabilities: capabilities,
                filter: filter,
                initID: identity.initID,
                maySetGroups: identity.maySetGroups
            )
        )
        var pidfd: Int32 = -1
        let pid = unsafe withUnsafePointer(to: memory.program) { program in
            unsafe isorun_child_visit(program, cgroup.unifiedDescriptor ?? -1, &pidfd)
        }
        _ = try check(pid, "clone a process for the container")
        return try Visit(plan: visited, visitor: OwnedDescriptor(pidfd), control: sockets.keepNear())
    }

    /// The job's plan with another process, and the steps that lead to it.
    private func visitedPlan(_ request: VisitRequest) -> SandboxPlan {
        var visited = plan
        let environment = Planner.merged(plan.process.environment, request.environment)
        let path = environment.first { $0.bytes.starts(with: Array("PATH=".utf8)) }
        visited.process.arguments = request.arguments
        visited.process.environment = environment
        visited.process.candidates = Planner.candidates(
            request.arguments[0],
            path: path.map { ByteString($0.bytes.dropFirst(5)) }
        )
        visited.process.workdir = request.workdir ?? plan.process.workdir
        visited.process.user = request.user ?? plan.process.user
        visited.process.terminal = request.terminal
        // It reports its failures itself, and nobody is init to it.
        visited.process.initProcess = false
        visited.setup = [.joinCgroups, .sessionKeyring]
        if facts.oomScoreAdjustment < 0 { visited.setup.append(.oomScore) }
        visited.setup.append(.enter)
        if request.terminal { visited.setup.append(.terminal) }
        visited.setup += [
            .limits, .credentials, .workdir(visited.process.workdir), .seccomp, .execute(request.arguments[0].text),
        ]
        return visited
    }

    private func program(
        of visited: SandboxPlan,
        _ entrances: Entrances,
        target: Int32,
        _ terminalSize: UInt64
    ) -> ChildProgram {
        var program = ChildProgram(received: 0)
        for (index, step) in visited.setup.enumerated() {
            switch step {
            case .joinCgroups:
                for (descriptor, path) in zip(entrances.descriptors, entrances.paths) {
                    program.add(ISORUN_OP_JOIN_CGROUP, step: index, text: path.string, value: UInt64(descriptor))
                }
            case .sessionKeyring: program.add(ISORUN_OP_SESSION_KEYRING, step: index)
            case .oomScore: program.add(ISORUN_OP_OOM_SCORE, step: index)
            case .enter:
                // A network namespace that is the host's own is entered as well, and changes nothing.
                let shared: [Namespace] = plan.network.peer == nil ? [] : [.network]
                let namespaces = (plan.namespaces + shared).reduce(UInt64(0)) { $0 | $1.cloneFlag }
                let value = namespaces << 32 | UInt64(UInt32(bitPattern: target))
                // A network of root's alone is everybody's as soon as somebody else comes.
                let opens = plan.network.mode == .none && visited.process.user.uid != 0
                let flags = opens ? ISORUN_FLAG_LOW_PORTS : isorun_op_flag(0)
                program.add(ISORUN_OP_ENTER, step: index, value: value, flags: flags)
                // Root's place inside, before anything is made or opened there.
                program.add(ISORUN_OP_SET_IDS, step: index, value: 0)
            case .terminal: program.add(ISORUN_OP_TERMINAL, step: index, value: terminalSize)
            default: break
            }
        }
        return program
    }
}
