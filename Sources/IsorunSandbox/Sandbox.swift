internal import Glibc
internal import IsorunCgroups
public import IsorunModel
public import IsorunPlanning
internal import IsorunSecurity
internal import IsorunSystem
public import SystemPackage

/// Runs one job in one fresh container, on the calling thread: plan, launch, watch, collect, result.
public struct Sandbox {
    /// Where the job's streams go.
    public var onlookers = Onlookers()
    /// Bytes kept of the head, and as many of the tail, of each stream for the reports.
    public var capturedBytes = 1 << 20

    /// Makes a sandbox that passes the job's streams on to this process's own.
    public init() {}

    /// Plans a job on this host, and changes nothing.
    public static func plan(_ spec: JobSpec) throws(PlanError) -> SandboxPlan {
        try Planner.plan(spec, on: HostProbe.facts(for: spec).facts)
    }

    /// Runs a job to its end. Whatever happens is told in the result; nothing is left of the container.
    ///
    /// - Parameter events: hears what happens, in order.
    public func run(_ spec: JobSpec, events: (RunEvent) -> Void = { _ in }) -> SandboxRun {
        let wallClock = Clock.wallMicroseconds
        let probed = HostProbe.facts(for: spec)
        let draft = ResultDraft(spec: spec, facts: probed.facts, startedAtUs: wallClock)
        do throws(SandboxError) {
            let plan = try Self.planned(spec, probed.facts)
            for note in plan.notes { events(.note(note)) }
            return try run(plan, spec, probed.facts, probed.cgroups, draft, events)
        } catch {
            return draft.failed(error)
        }
    }

    private static func planned(_ spec: JobSpec, _ facts: HostFacts) throws(SandboxError) -> SandboxPlan {
        do throws(PlanError) {
            return try Planner.plan(spec, on: facts)
        } catch {
            throw SandboxError(step: "plan the sandbox", detail: error.message, hint: error.hint)
        }
    }

    private func run(
        _ plan: SandboxPlan,
        _ spec: JobSpec,
        _ facts: HostFacts,
        _ layout: CgroupLayout,
        _ draft: ResultDraft,
        _ events: (RunEvent) -> Void
    ) throws(SandboxError) -> SandboxRun {
        let kit = try SandboxKit(plan, spec: spec, facts: facts, layout: layout)
        events(.jobStarting(name: plan.name, attempt: 1, atUs: draft.startedAtUs))
        let container = try kit.launcher.launch()
        for note in container.root.notes { events(.note(note)) }
        var onlookers = onlookers
        onlookers.cpus = facts.cpus.count
        let run: JobRun
        let record: RunRecord
        do throws(SystemError) {
            run = try JobRun(container, plan: plan, capture: capturedBytes, onlookers: onlookers)
            record = try run.waitUntilEnd { events(.jobStarted(name: plan.name, startup: $0)) }
        } catch {
            throw SandboxError(error)
        }
        let collected = Collector(layers: run.container.root.written, workdir: plan.process.workdir)
            .collect(spec.collection)
        return draft.finished(plan, record, collected)
    }
}

/// What came of a run: the result, and what the reports keep of the job's output.
public struct SandboxRun: Sendable {
    /// The result document's content.
    public var result: JobResult
    /// What is kept of standard output.
    public var stdout = CapturedOutput()
    /// What is kept of standard error.
    public var stderr = CapturedOutput()
    /// The process's exit code by the contract: the job's own, or 124 to 128 and more.
    public var exitCode: Int32
    /// Why nothing of the job ran, where nothing did.
    public var error: SandboxError?
    /// Copies of the job's own JUnit files, in a private directory, to be read as hostile.
    public var junitFiles: [FilePath] = []
}

/// What a launch needs beside its plan, made ready before the container is begun.
struct SandboxKit {
    let launcher: Launcher

    init(_ plan: SandboxPlan, spec: JobSpec, facts: HostFacts, layout: CgroupLayout) throws(SandboxError) {
        do throws(SystemError) {
            if facts.caller.privileged { try MountNamespace.enterPrivate() }
        } catch {
            throw SandboxError(error)
        }
        let capabilities: CapabilityMasks
        let filter: CompiledFilter?
        do throws(SecurityError) {
            capabilities = try CapabilityRequest(
                add: plan.process.capAdd,
                drop: plan.process.capDrop,
                uid: plan.process.user.uid,
                untrusted: spec.untrusted,
                forbidSetIDBits: plan.process.forbidSetIDBits
            ).resolve()
            let options = FilterOptions(
                forbidSetIDBits: plan.process.forbidSetIDBits,
                denyCoreLimit: plan.process.pinCoreLimit,
                capabilities: capabilities.bounding
            )
            let compiler = FilterCompiler(cacheDirectory: Self.cacheDirectory(facts.caller))
            filter = try compiler.compile(plan.process.seccomp, options: options)
        } catch {
            throw SandboxError(step: "prepare the job's rights", detail: "\(error)")
        }
        let tree: CgroupTree
        do throws(CgroupError) {
            tree = try CgroupTree(layout)
        } catch {
            throw SandboxError(
                step: error.action,
                subject: error.path.string,
                errno: error.errno,
                detail: error.detail,
                hint: error.hint
            )
        }
        _ = Sweeper.sweep(tree)
        launcher = Launcher(
            plan: plan,
            facts: facts,
            cgroups: tree,
            filter: filter,
            capabilities: capabilities,
            terminalSize: plan.process.terminal ? TerminalMode.size(of: STDIN_FILENO) : 0
        )
    }

    private static func cacheDirectory(_ caller: Caller) -> FilePath? {
        if caller.privileged { return "/var/cache/isorun/seccomp" }
        func value(_ name: ByteString) -> String? { caller.environment.first { $0.name == name }?.value?.text }
        if let cache = value("XDG_CACHE_HOME") { return FilePath(cache).appending("isorun") }
        return value("HOME").map { FilePath($0).appending(".cache").appending("isorun") }
    }
}
