public import IsorunModel
internal import SystemPackage

/// Decides everything about a sandbox before anything is touched: JobSpec and HostFacts in, a plan or an error out.
public enum Planner {
    /// Plans the sandbox of one job.
    public static func plan(_ spec: JobSpec, on facts: HostFacts) throws(PlanError) -> SandboxPlan {
        let program = try program(spec)
        if let unread = facts.unread {
            let hint =
                "isorun has to know what there is to limit and to hide; ulimit -n says how many files may be open at a "
                + "time, and sysctl fs.file-max how many of the whole host"
            throw PlanError(.impossible, unread, hint: hint)
        }
        var unenforced: [Limit] = []
        let cgroup = try planCgroup(spec, on: facts, unenforced: &unenforced)
        let network = try planNetwork(spec, on: facts)
        var visible = try planRoot(spec, on: facts, memory: cgroup.memory)
        if let resolver = network.resolverFile {
            let path: FilePath = "/etc/resolv.conf"
            visible.root.entries.append(LayerEntry(path: path, kind: .text(resolver), onlyIfPresent: false))
        }
        let process = try planProcess(spec, program, on: facts, visible)
        return SandboxPlan(
            name: spec.name ?? derivedName(spec.command),
            identity: identity(facts),
            namespaces: Namespace.allCases.filter { $0 != .network || [.none, .private].contains(spec.network) },
            network: network,
            cgroup: cgroup,
            root: visible.root,
            process: process,
            watch: WatchPlan(
                timeout: spec.limits.timeout ?? (spec.streams.detached ? nil : .seconds(3600)),
                cpuTime: unenforced.contains(.cpuTime) ? nil : spec.limits.cpuTime,
                gracePeriod: spec.limits.gracePeriod ?? .seconds(5),
                maxOutput: spec.limits.maxOutput?.bytes ?? (spec.streams.detached ? nil : 64 << 20)
            ),
            setup: setupSteps(spec, on: facts, root: visible.root, process: process),
            unenforced: unenforced,
            notes: visible.notes + identityNotes(facts) + networkNotes(network, on: facts)
                + warnings(process, visible.root)
        )
    }

    /// Plans the sandbox of a job that differs from another one by its name and its command alone.
    ///
    /// - Parameters:
    ///   - spec: the job.
    ///   - other: the plan of the other one, of the same facts.
    /// - Returns: the plan that these facts would lead to.
    /// - Throws: ``PlanError`` where there is nothing to run.
    package static func plan(_ spec: JobSpec, like other: SandboxPlan) throws(PlanError) -> SandboxPlan {
        let program = try program(spec)
        var plan = other
        plan.name = spec.name ?? derivedName(spec.command)
        plan.process.arguments = spec.command
        plan.process.candidates = candidates(program, path: searchPath(plan.process.environment))
        if let last = plan.setup.indices.last, plan.setup[last] != .execute(program.text) {
            plan.setup[last] = .execute(program.text)
        }
        return plan
    }

    private static func program(_ spec: JobSpec) throws(PlanError) -> ByteString {
        guard let program = spec.command.first, !program.bytes.isEmpty else {
            throw PlanError(.impossible, "there is no command to run")
        }
        return program
    }

    /// What the job may do that it could not by default, where that reaches the host.
    ///
    /// The filter alone keeps set-user-ID bits out of a writable volume, where root inside has the caller's id.
    private static func warnings(_ process: ProcessPlan, _ root: RootPlan) -> [String] {
        guard process.seccomp == .builtin(.unconfined), process.forbidSetIDBits else { return [] }
        let volumes = root.volumes.filter(\.writable).map(\.destination.string).joined(separator: ", ")
        return ["warning: without a filter the job can leave set-user-ID programs in \(volumes)"]
    }

    package static func identity(_ facts: HostFacts) -> IdentityPlan {
        if facts.caller.privileged { return .leased }
        guard let ids = facts.subordinateIDs, facts.hasMapHelpers else { return .single }
        return .subordinate(ids)
    }

    private static func identityNotes(_ facts: HostFacts) -> [String] {
        guard identity(facts) == .single else { return [] }
        let cause =
            facts.subordinateIDs == nil
            ? "/etc/subuid and /etc/subgid give this user no range" : "newuidmap and newgidmap are not installed"
        return ["only one id is mapped, so there is nobody but root inside: \(cause); `isorun doctor` says what helps"]
    }

    /// `swift test --parallel` is called `swift-test`: the program and what follows up to the first option.
    package static func derivedName(_ command: [ByteString]) -> String {
        if command.isEmpty { return "" }
        let words = command.prefix(3).map(\.text)
        let program = words[0].split(separator: "/").last.map(String.init) ?? words[0]
        let verbs = words.dropFirst().prefix { word in
            !word.isEmpty && word.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }
                && word.first != "-"
        }
        return verbs.first.map { "\(program)-\($0)" } ?? program
    }
}
