internal import IsorunModel
internal import IsorunPlanning
internal import Synchronization

/// The last plan of a run, for jobs that differ from its job by their name and their command alone, as those of a suite do.
///
/// To plan takes a thirtieth of a container's CPU time; to see that the plan would be the same, a fraction of that.
final class SharedPlans: Sendable {
    private struct Known: Sendable {
        /// Without name and command.
        let spec: JobSpec
        let facts: HostFacts
        let plan: SandboxPlan
    }

    private let last = Mutex<Known?>(nil)

    /// The plan of a job, as ``Planner`` makes it.
    func plan(_ spec: JobSpec, on facts: HostFacts) throws(PlanError) -> SandboxPlan {
        var setting = spec
        (setting.name, setting.command) = (nil, [])
        if let known = last.withLock({ $0 }), known.spec == setting, known.facts == facts {
            return try Planner.plan(spec, like: known.plan)
        }
        let plan = try Planner.plan(spec, on: facts)
        last.withLock { $0 = Known(spec: setting, facts: facts, plan: plan) }
        return plan
    }
}
