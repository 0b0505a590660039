public import IsorunModel
internal import IsorunPlanning
internal import IsorunReporting
internal import IsorunSandbox

/// The sandbox of a job before it is built.
public enum PlannedJob {
    /// Plans a job on this host and prints the plan, for a person or as `isorun.plan/1`.
    ///
    /// - Throws: `PlanError`, which says what cannot be had here and how to get it.
    public static func text(of spec: JobSpec, json: Bool) throws -> String {
        let plan = try Sandbox.plan(spec)
        return json ? PlanDocument.page(plan) : PlanText.render(plan)
    }

    /// Why a job cannot be had on this host, and whether that is a limit which cannot be enforced; nil where it can be had.
    public static func problem(of spec: JobSpec) -> (text: String, isLimit: Bool)? {
        do throws(PlanError) {
            _ = try Sandbox.plan(spec)
            return nil
        } catch {
            if case .unenforceable = error.kind { return (error.description, true) }
            return (error.description, false)
        }
    }
}
