internal import CIsorunChild
internal import CIsorunSystem
internal import Glibc
internal import IsorunCgroups
internal import IsorunModel
internal import IsorunPlanning
internal import IsorunSystem
internal import SystemPackage

/// A container that was made ahead and waits for its job: for one, and never for another.
///
/// Its init has carried out all steps but the job's own and sleeps; its cgroup has no limits and holds nobody else. It
/// belongs to one thread at a time, which the pool's lock sees to.
final class WarmContainer: @unchecked Sendable {
    let key: PoolKey
    /// Its init.
    let pid: Int32
    private let late: LateJob
    private let marks: SourceMarks
    private let watch: SourceWatch?
    private let identity: IdentityRange
    private let caller: Caller
    private var container: Container?

    /// Makes a container for a plan like this one, and waits until it is ready.
    init(_ key: PoolKey, like launcher: Launcher, _ watch: SourceWatch? = nil) throws(SandboxError) {
        self.key = key
        self.watch = watch
        caller = launcher.facts.caller
        marks = SourceMarks(launcher.plan.root, watch)
        do throws(SystemError) {
            try launcher.facts.staging.enter()
            late = try LateJob()
            var container = try Self.launch(launcher, late)
            identity = IdentityRange(launcher.plan.identity, caller: caller, slot: container.cgroup.slot)
            pid = container.pid
            container.cgroup.countFromNow()
            self.container = consume container
        } catch {
            throw SandboxError(error)
        }
    }

    private static func launch(_ launcher: Launcher, _ late: LateJob) throws(SystemError) -> Container {
        let made: Container
        do throws(SandboxError) {
            made = try launcher.launch(for: late)
        } catch {
            throw SystemError(error.step, error.subject, error.errno ?? .ioError, detail: error.detail)
        }
        while let message = try made.receive() {
            switch isorun_report_kind(message.report.kind) {
            case ISORUN_REPORT_WAITING: return made
            case ISORUN_REPORT_FAILED:
                let failure = SetupFailure.error(message.report, plan: launcher.plan)
                end(made)
                throw SystemError(failure.step, failure.subject, failure.errno ?? .ioError)
            default: break
            }
        }
        end(made)
        throw SystemError("make a container ahead", "", .brokenPipe)
    }

    /// Ends it without a job.
    func discard() {
        if let container = container.take() { Self.end(container) }
    }

    deinit { discard() }

    /// Whether what it shows is still what a new container would show.
    private func isCurrent(for root: RootPlan) -> Bool { SourceMarks(root, watch) == marks }

    /// Gives it its job, with the limits in force before.
    ///
    /// - Returns: the container; nil where its init is gone.
    /// - Throws: ``SandboxError`` where the kernel refuses a limit, as a new container's would.
    func start(_ launcher: Launcher) throws(SandboxError) -> Container? {
        guard var container = container.take() else { return nil }
        var clock = PhaseClock()
        guard isCurrent(for: launcher.plan.root) else {
            Self.end(container)
            return nil
        }
        clock.end("check")
        do throws(CgroupError) {
            try container.cgroup.limit(launcher.limits)
        } catch {
            Self.end(container)
            throw LimitFailure.error(error, asked: launcher.plan.cgroup)
        }
        clock.end("cgroup")
        var isThere = false
        do throws(SystemError) {
            var streams = try JobStreams(terminal: false, interactive: launcher.plan.process.interactive)
            streams.give(to: launcher.plan.process.user, of: identity)
            let surroundings = launcher.surroundings(identity, streams.jobEnds, control: -1)
            isThere = try late.send(launcher.plan, in: surroundings, over: container.control)
            streams.closeJobEnds()
            container.standardInput = streams.input.take()
            container.standardOutput = streams.output.take()
            container.standardError = streams.error.take()
        } catch {
            Self.end(container)
            throw SandboxError(error)
        }
        guard isThere else {
            Self.end(container)
            return nil
        }
        clock.end("handover")
        container.clock = clock
        return container
    }

    /// Kills init and waits for its end: no zombie is left, and the cgroup can go.
    private static func end(_ container: consuming Container) {
        container.killAll()
        var end = isorun_end()
        _ = unsafe isorun_pidfd_wait(container.process.raw, 1, &end)
        _ = container.cgroup.waitUntilEmpty(within: .milliseconds(500))
    }
}
