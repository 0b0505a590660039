public import IsorunReporting

/// The events of many jobs as lines of `isorun.events/1`: what `--events` writes and `merge`, `report` and `--resume`
/// read.
public enum SuiteEventDocument {
    /// The event on one line with its line end.
    public static func line(_ event: SuiteEvent) -> String {
        switch event {
        case .job(let event): EventDocument.line(event)
        case .planned(let plan): line("run-planned", members(plan))
        case .finished(let totals): line("run-finished", members(totals))
        }
    }

    private static func line(_ event: String, _ members: [JSON.Member]) -> String {
        let head: [JSON.Member] = [.init("schema", .string(EventDocument.schema)), .init("event", .string(event))]
        return JSON.object(head + members).line + "\n"
    }

    private static func members(_ plan: SuitePlan) -> [JSON.Member] {
        let digest = plan.digest.map { [JSON.Member("digest", .string($0))] } ?? []
        return digest + [
            .init("plan", .string(plan.fingerprint)),
            .init("partition", .text(plan.partition)),
            .init("seed", .text(plan.seed.map { String($0) })),
            .init("rounds", plan.rounds.map { .whole($0) } ?? .null),
            .init("resumed", .whole(plan.resumed)),
            .init("filtered", .bool(plan.isFiltered)),
            .init("unplanned", .bool(plan.isUnplanned)),
            .init("names", .array(plan.names.map { .string($0) })),
            .init("mine", plan.mine.count == plan.names.count ? .null : .array(plan.mine.map { .whole($0) })),
        ]
    }

    private static func members(_ totals: SuiteTotals) -> [JSON.Member] {
        [
            .init("passed", .whole(totals.passed)),
            .init("failed", .whole(totals.failed)),
            .init("skipped", .whole(totals.skipped)),
            .init("notRun", .whole(totals.notRun)),
            .init("flaky", .whole(totals.flaky)),
            .init("leaky", .whole(totals.leaky)),
            .init("durationMs", .milliseconds(totals.duration)),
        ]
    }

    /// Reads an event back; nil for one that this version does not know.
    public static func event(_ value: JSON) throws(ReportingError) -> SuiteEvent? {
        switch value["event"]?.string {
        case "run-planned": return .planned(try plan(value))
        case "run-finished":
            var totals = SuiteTotals()
            totals.passed = value["passed"]?.integer() ?? 0
            totals.failed = value["failed"]?.integer() ?? 0
            totals.skipped = value["skipped"]?.integer() ?? 0
            totals.notRun = value["notRun"]?.integer() ?? 0
            totals.flaky = value["flaky"]?.integer() ?? 0
            totals.leaky = value["leaky"]?.integer() ?? 0
            let milliseconds = value["durationMs"]?.double ?? 0
            guard 0...1e12 ~= milliseconds else {
                throw ReportingError(.malformed, "the stored document lacks a proper", "durationMs")
            }
            totals.duration = .microseconds(Int64(milliseconds * 1000))
            return .finished(totals)
        default: return try EventDocument.event(value).map { .job($0) }
        }
    }

    private static func plan(_ value: JSON) throws(ReportingError) -> SuitePlan {
        guard let names = value["names"]?.array?.compactMap(\.string) else {
            throw ReportingError(.malformed, "the stored document lacks a proper", "names")
        }
        var plan = SuitePlan(names: names)
        if let mine = value["mine"]?.array {
            plan.mine = mine.compactMap { $0.integer() }
            guard plan.mine.allSatisfy(names.indices.contains) else {
                throw ReportingError(.malformed, "the stored document lacks a proper", "mine")
            }
        }
        plan.partition = value["partition"]?.string
        plan.seed = value["seed"]?.string.flatMap { UInt64($0) }
        plan.rounds = value["rounds"]?.integer().map { max(1, min($0, SuitePlan.mostRounds)) }
        plan.isFiltered = value["filtered"]?.bool ?? false
        plan.resumed = value["resumed"]?.integer() ?? 0
        // Older versions of isorun tell neither.
        plan.digest = value["digest"]?.string
        plan.isUnplanned = value["unplanned"]?.bool ?? false
        guard value["plan"]?.string == plan.fingerprint else {
            throw ReportingError(.malformed, "the plan is not the one its fingerprint was made of:", "plan")
        }
        return plan
    }
}
