internal import Glibc
internal import IsorunCgroups
internal import IsorunModel
internal import IsorunPlanning
internal import IsorunSecurity
internal import IsorunSystem
internal import SystemPackage

/// What a launch needs beside its plan, made ready before the container is begun.
struct SandboxKit {
    var launcher: Launcher

    init(
        _ plan: SandboxPlan,
        spec: JobSpec,
        facts: HostFacts,
        layout: CgroupLayout,
        commons: RunCommons? = nil
    ) throws(SandboxError) {
        do throws(SystemError) {
            if facts.caller.privileged { try facts.staging.enter() }
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
            let filters = commons?.filters ?? SharedFilters()
            filter = try filters.filter(plan.process.seccomp, options, from: compiler)
        } catch {
            throw SandboxError(step: "prepare the job's rights", detail: "\(error)")
        }
        let tree = try Self.cgroups(layout, for: plan)
        launcher = Launcher(
            plan: plan,
            facts: facts,
            cgroups: tree,
            filter: filter,
            capabilities: capabilities,
            terminalSize: plan.process.terminal ? TerminalMode.size(of: STDIN_FILENO) : 0,
            allowsUnlimitedSwap: spec.allowUnenforced.allows(.swap)
        )
    }

    /// What jobs' cgroups are made in; nil where there is no such thing and nothing of the plan needs it.
    private static func cgroups(_ layout: CgroupLayout, for plan: SandboxPlan) throws(SandboxError) -> CgroupTree? {
        if !layout.supportsJobs && !plan.cgroup.bounds { return nil }
        do throws(CgroupError) {
            return try SharedCgroups.tree(layout)
        } catch {
            throw SandboxError(
                step: error.action,
                subject: error.path.string,
                errno: error.errno,
                detail: error.detail,
                hint: error.hint
            )
        }
    }

    private static func cacheDirectory(_ caller: Caller) -> FilePath? {
        if caller.privileged { return "/var/cache/isorun/seccomp" }
        func value(_ name: ByteString) -> String? { caller.environment.first { $0.name == name }?.value?.text }
        if let cache = value("XDG_CACHE_HOME") { return FilePath(cache).appending("isorun") }
        return value("HOME").map { FilePath($0).appending(".cache").appending("isorun") }
    }
}
