internal import Glibc
internal import IsorunModel
internal import IsorunPlanning
internal import IsorunSystem

/// A container that is made before the turn of its job has come, and waits for that.
///
/// It is its job's own in all, with its limits in force; its child has carried out the plan and waits for a word before
/// the last step. What it shows of the host was looked at when it was made: where that has changed since, it is not used.
struct ReadyContainer: ~Copyable {
    private let container: Container
    private let marks: SourceMarks

    /// What came of the wait.
    enum Answer: ~Copyable {
        /// The turn has come, and the job begins in this.
        case begun(Container)
        /// The turn has come, and a new one has to be made.
        case outdated
        /// The turn does not come.
        case sentBack
    }

    /// Whether a container can be made while other jobs run.
    ///
    /// Not where these may have what it needs, as ports, or are yet to make that; and not for a user without rights, whose
    /// child looks at the host as it is at the moment.
    static func fits(_ spec: JobSpec) -> Bool {
        geteuid() == 0 && spec.services.isEmpty && spec.ports.isEmpty && spec.networkPeer == nil
    }

    /// Makes it; nil where that fails: why that is tells the one that is made when the turn has come.
    init?(_ launcher: Launcher, _ watch: SourceWatch?) {
        marks = SourceMarks(launcher.plan.root, watch)
        do throws(SandboxError) { container = try launcher.launch(awaitsWord: true) } catch { return nil }
    }

    /// Waits for the turn.
    ///
    /// - Parameters:
    ///   - turn: of its job.
    ///   - root: what it shows.
    ///   - watch: as it was made with.
    ///   - isCurrent: whether what was planned by is still so.
    /// - Returns: the container, or what became of it.
    consuming func wait(
        for turn: Turn,
        _ root: RootPlan,
        _ watch: SourceWatch?,
        isCurrent: () -> Bool = { true }
    ) -> Answer {
        guard turn.wait() else {
            container.discard()
            return .sentBack
        }
        var clock = PhaseClock()
        // What failed while it waited may succeed now.
        guard container.isAlive, isCurrent(), SourceMarks(root, watch) == marks else {
            container.discard()
            return .outdated
        }
        clock.end("check")
        var container = container
        container.clock = clock
        container.begin()
        return .begun(container)
    }
}
