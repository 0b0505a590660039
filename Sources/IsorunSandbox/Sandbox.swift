internal import IsorunCgroups
internal import IsorunImages
public import IsorunModel
public import IsorunPlanning
package import IsorunSystem
internal import SystemPackage

/// Runs one job in one fresh container, on the calling thread: plan, launch, watch, collect, result.
public struct Sandbox {
    /// Where the job's streams go.
    public var onlookers = Onlookers()
    /// Bytes kept of the head, and as many of the tail, of each stream for the reports.
    public var capturedBytes = 1 << 20
    /// Looks after the job while it runs, in place of this process's own streams.
    package var attendant: (any JobAttendant)?
    /// Whether the job may begin; its container is made meanwhile, where it can be.
    ///
    /// Nil begins at once.
    package var turn: Turn?
    /// What this container has in common with the others of a run; nil where it stands alone.
    public var commons: RunCommons?
    /// Changes the child's program before it runs, and hears the container's slot: for tests of the error path.
    var changeProgram: ((inout ChildProgram, _ slot: Int) -> Void)?

    /// Makes a sandbox that passes the job's streams on to this process's own.
    public init() {}

    /// Plans a job on this host, and changes nothing.
    public static func plan(_ spec: JobSpec) throws(PlanError) -> SandboxPlan {
        var spec = HeldVolumes.name(spec)
        Masks.follow(&spec)
        do throws(ImageError) {
            // The image may go again: what is planned is not run.
            _ = try JobImage.settle(&spec)
        } catch {
            throw PlanError(.impossible, error.message, hint: error.hint)
        }
        return try Planner.plan(spec, on: HostProbe.facts(for: spec).facts)
    }

    /// Removes the cgroups of containers whose keeper was killed: the paths that are gone.
    ///
    /// - Throws: where there is no room for the descriptors that it takes to look.
    package static func sweep() throws(SystemError) -> [String] {
        try DescriptorRoom.require(16)
        let layout = HostProbe.cgroups()
        guard let tree = try? CgroupTree(layout) else { return [] }
        return Sweeper.sweepEverywhere(tree)
    }

    /// Runs a job to its end.
    ///
    /// Whatever happens is told in the result; nothing is left of the container.
    ///
    /// - Parameters:
    ///   - spec: the job.
    ///   - events: hears what happens, in order.
    /// - Returns: the result, and what the reports keep of the job's output.
    public func run(_ spec: JobSpec, events: (RunEvent) -> Void = { _ in }) -> SandboxRun {
        if let turn, !ReadyContainer.fits(spec) { return run(spec, in: turn, events) }
        guard spec.services.isEmpty else { return runWithServices(spec, events) }
        let asked = spec
        let wallClock = Clock.wallMicroseconds
        var spec = spec
        var problem: SandboxError?
        let image = Self.holdImage(&spec, &problem)
        let held = problem == nil ? hold(&spec, &problem) : HeldVolumes()
        Masks.follow(&spec)
        let host = HostProbe.facts(for: spec, from: commons?.facts)
        var draft = ResultDraft(spec: spec, facts: host.facts, startedAtUs: wallClock)
        do throws(SandboxError) {
            if let problem { throw problem }
            let plan = try planned(spec, host.facts)
            let run = try run(plan, spec, host, draft, events)
            // Until nothing of the container is left nobody removes them.
            held.release()
            withExtendedLifetime(image) {}
            return run ?? startOver(asked, events)
        } catch {
            // What is not so yet may be so when the turn has come.
            if let turn, !turn.isOver { return run(asked, in: turn, events) }
            if turn != nil { draft.startedAtUs = Clock.wallMicroseconds }
            return draft.failed(error)
        }
    }

    /// Runs a job of which nothing is made before its turn.
    private func run(_ spec: JobSpec, in turn: Turn, _ events: (RunEvent) -> Void) -> SandboxRun {
        guard turn.wait() else {
            let facts = HostProbe.facts(for: spec).facts
            return ResultDraft(spec: spec, facts: facts, startedAtUs: Clock.wallMicroseconds).sentBack()
        }
        return startOver(spec, events)
    }

    /// Runs a job whose turn has come, and looks at everything anew.
    private func startOver(_ spec: JobSpec, _ events: (RunEvent) -> Void) -> SandboxRun {
        var sandbox = self
        sandbox.turn = nil
        return sandbox.run(spec, events: events)
    }

    /// Of ports whose number was chosen; the plan warned of the others.
    private static func answersWarnings(
        _ ports: [PublishedPort],
        _ plan: SandboxPlan,
        _ facts: HostFacts
    ) -> [String] {
        let (asked, first) = (plan.network.userMode?.ports ?? [], facts.firstUnprivilegedPort)
        return ports.filter { port in
            !asked.contains(port) && port.containerPort >= first && port.mayLoseAnswers(choosingFrom: first)
        }
        .map(\.answersWarning)
    }

    /// Hands the launcher what its container may have in common with others.
    private func share(with launcher: inout Launcher, _ collection: CollectionSpec) {
        // Before Linux 6.15 a mount that stands nowhere cannot be cloned; and where root's layers stand in a mount
        // namespace of this thread's own the child has to come from that.
        guard let commons, !launcher.facts.caller.privileged || launcher.facts.staging.isDetached else { return }
        launcher.forkServer = commons.forkServer
        launcher.programs = commons.programs
        // What is written is compared with what lies below, and stored without it: then it is the container's own.
        if collection.writes == nil, collection.layers == nil { launcher.skeletons = commons.skeletons }
    }

    /// A container whose job begins now, made meanwhile where it has to wait for its turn.
    private func container(_ launcher: Launcher, _ edition: Int?) throws(SandboxError) -> ReadyContainer.Answer {
        guard let turn else { return .begun(try launcher.launch(changeProgram: changeProgram)) }
        let watch = launcher.skeletons?.watch(launcher.plan.root) ?? commons?.watch.watch(launcher.plan.root)
        if let ready = ReadyContainer(launcher, watch) {
            return ready.wait(for: turn, launcher.plan.root, watch) { commons?.facts.edition == edition }
        }
        return turn.wait() ? .outdated : .sentBack
    }

    private func hold(_ spec: inout JobSpec, _ problem: inout SandboxError?) -> HeldVolumes {
        do throws(SystemError) {
            return try HeldVolumes(&spec, cancellation: onlookers.cancellation)
        } catch {
            problem = SandboxError(error)
            return HeldVolumes()
        }
    }

    private static func holdImage(_ spec: inout JobSpec, _ problem: inout SandboxError?) -> HeldImage? {
        do throws(ImageError) {
            try JobImage.fetch(for: spec)
            return try JobImage.settle(&spec)
        } catch {
            problem = SandboxError(step: "use the image", detail: error.message, hint: error.hint)
            return nil
        }
    }

    private func store(
        _ layers: [WrittenLayer],
        in directory: FilePath,
        _ range: IdentityRange,
        _ root: RootPlan,
        _ caller: Caller
    ) throws(SystemError) -> StoredLayers {
        let store = LayerStore(
            directory: directory,
            first: caller.privileged ? range.first : nil,
            identity: caller.privileged ? nil : range,
            limits: LayerLimits(bytes: root.diskBytes, files: root.inodes),
            cancellation: onlookers.cancellation
        )
        return try store.store(layers)
    }

    private static func destinations(_ spec: CollectionSpec) throws(SandboxError) -> Destinations {
        do throws(SystemError) {
            return try Destinations(spec)
        } catch {
            throw SandboxError(error)
        }
    }

    private func planned(_ spec: JobSpec, _ facts: HostFacts) throws(SandboxError) -> SandboxPlan {
        do throws(PlanError) {
            return try (commons?.plans ?? SharedPlans()).plan(spec, on: facts)
        } catch {
            throw SandboxError(step: "plan the sandbox", detail: error.message, hint: error.hint)
        }
    }

    /// Nil where the container that was made before its turn shows what is no more.
    private func run(
        _ plan: SandboxPlan,
        _ spec: JobSpec,
        _ host: HostProbe.Answer,
        _ draft: ResultDraft,
        _ events: (RunEvent) -> Void
    ) throws(SandboxError) -> SandboxRun? {
        var draft = draft
        let facts = host.facts
        var kit = try SandboxKit(plan, spec: spec, facts: facts, layout: host.cgroups, commons: commons)
        share(with: &kit.launcher, spec.collection)
        let destinations = try Self.destinations(spec.collection)
        func tellStart() {
            for note in plan.notes { events(.note(note)) }
            events(.jobStarting(name: plan.name, attempt: 1, atUs: draft.startedAtUs))
        }
        // Who waits for his turn has not started before it has come.
        if turn == nil { tellStart() }
        var container: Container
        switch try self.container(kit.launcher, host.edition) {
        case .begun(let begun): container = begun
        case .outdated: return nil
        case .sentBack: return draft.sentBack()
        }
        commons?.noteBegin()
        if turn != nil {
            draft.startedAtUs = Clock.wallMicroseconds
            tellStart()
        }
        container.root.isCollected = spec.collection != CollectionSpec()
        for note in container.root.notes { events(.note(note)) }
        for port in container.ports { events(.note("published \(port)")) }
        for note in Self.answersWarnings(container.ports, plan, facts) { events(.note(note)) }
        var onlookers = onlookers
        onlookers.cpus = facts.cpus.count
        let run: JobRun
        let record: RunRecord
        do throws(SystemError) {
            run = try JobRun(
                container,
                plan: plan,
                capture: capturedBytes,
                onlookers: onlookers,
                attendant: attendant,
                launcher: attendant == nil ? nil : kit.launcher
            )
            record = try run.waitUntilEnd { events(.jobStarted(name: plan.name, startup: $0)) }
        } catch {
            throw SandboxError(error)
        }
        if let end = run.container.networkEnd { events(.note("warning: \(end)")) }
        let collector = Collector(
            layers: run.container.root.written,
            workdir: plan.process.workdir,
            volumes: plan.root.volumes.map(\.destination),
            job: plan.name
        )
        var collected = collector.collect(spec.collection, to: destinations)
        // What a job that did not pass wrote is nobody's; and that it did not is what is to be told.
        if let directory = spec.collection.layers, record.failure == nil, record.verdict.outcome == .passed {
            let range = IdentityRange(plan.identity, caller: facts.caller, slot: run.container.cgroup.slot)
            do throws(SystemError) {
                let stored = try store(collector.layers, in: directory, range, plan.root, facts.caller)
                (collected.layers, collected.leftOut) = (stored.layers, stored.leftOut.note)
            } catch {
                collected.layersFailure = error
            }
        }
        for note in collected.notes { events(.note(note)) }
        var finished = draft.finished(plan, record, collected)
        finished.isCutShort = run.isCutShort
        finished.lostOutput = run.lostOutput
        return finished
    }
}
