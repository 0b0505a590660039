internal import IsorunModel
internal import IsorunPlanning

/// The last plan of a run, for jobs that differ from its job by their name and their command alone, as those of a suite do.
///
/// To plan takes a thirtieth of a container's CPU time; to see that the plan would be the same, a fraction of that.
final class SharedPlans: Sendable {
    private struct Setting: Equatable, Sendable {
        /// Without name and command.
        var spec: JobSpec
        let facts: HostFacts
    }

    private let last = Latest<Setting, SandboxPlan>()

    /// The plan of a job, as ``Planner`` makes it.
    func plan(_ spec: JobSpec, on facts: HostFacts) throws(PlanError) -> SandboxPlan {
        var setting = Setting(spec: spec, facts: facts)
        (setting.spec.name, setting.spec.command) = (nil, [])
        let plan = try last.made(from: setting) { () throws(PlanError) in try Planner.plan(spec, on: facts) }
        return try Planner.plan(spec, like: plan)
    }
}
