import IsorunModel
public import IsorunPlanning
import SystemPackage

/// The plan as a document, `isorun.plan/1`: what `isorun plan --json` prints.
public enum PlanDocument {
    /// The value of the key `schema`.
    public static let schema = "isorun.plan/1"

    /// The document for a person or a program, a line for each outer key.
    public static func page(_ plan: SandboxPlan) -> String { json(plan).page }

    /// The document as a value; a limit that bounds nothing is null.
    public static func json(_ plan: SandboxPlan) -> JSON {
        .object([
            .init("schema", .string(schema)),
            .init("name", .string(plan.name)),
            .init("identity", identity(plan.identity, hasCarrier: plan.network.userMode != nil)),
            .init("namespaces", .array(plan.namespaces.map { .string($0.rawValue) })),
            .init("network", network(plan.network)),
            .init("cgroup", cgroup(plan.cgroup)),
            .init("watch", watch(plan.watch)),
            .init("root", root(plan.root)),
            .init("process", process(plan.process)),
            .init("setup", .array(plan.setup.map { .string($0.description) })),
            .init("unenforced", .array(plan.unenforced.map { .string($0.rawValue) })),
            .init("notes", .array(plan.notes.map { .string($0) })),
        ])
    }

    private static func identity(_ identity: IdentityPlan, hasCarrier: Bool) -> JSON {
        func mapping(_ inside: UInt32, _ outside: UInt32?, _ size: UInt32) -> JSON {
            .object([
                .init("containerID", .whole(inside)), .init("hostID", .whole(outside)), .init("size", .whole(size)),
            ])
        }
        switch identity {
        case .leased:
            let last = hasCarrier ? networkContainerID : initContainerID
            let lines = JSON.array([mapping(0, nil, last + 1)])
            return .object([.init("kind", .string("leased")), .init("uidMappings", lines), .init("gidMappings", lines)])
        case .subordinate(let ids):
            func lines(_ range: SubordinateIDs.Range) -> JSON {
                .array([mapping(0, nil, 1), mapping(1, range.start, range.count)])
            }
            let (uids, gids) = (lines(ids.uids), lines(ids.gids))
            return .object([
                .init("kind", .string("subordinate")), .init("uidMappings", uids), .init("gidMappings", gids),
            ])
        case .single:
            let lines = JSON.array([mapping(0, nil, 1)])
            return .object([.init("kind", .string("single")), .init("uidMappings", lines), .init("gidMappings", lines)])
        }
    }

    private static func cgroup(_ plan: CgroupPlan) -> JSON {
        let io = plan.io.map { limit in
            JSON.object([
                .init("device", .string(limit.device.string)), .init("direction", .string(limit.direction.rawValue)),
                .init("bytesPerSecond", .whole(limit.bytesPerSecond.bytes)),
            ])
        }
        return .object([
            .init("memoryBytes", .whole(plan.memory)),
            .init("memorySwapBytes", .whole(plan.memorySwap)),
            .init("cpus", .decimal(plan.cpus)),
            .init("cpuset", .text(plan.cpuset?.text)),
            .init("pids", .whole(plan.pids)),
            .init("io", .array(io)),
            .init("oom", .string(plan.oom.rawValue)),
        ])
    }

    private static func watch(_ plan: WatchPlan) -> JSON {
        .object([
            .init("timeoutMs", plan.timeout.map(JSON.milliseconds) ?? .null),
            .init("cpuTimeMs", plan.cpuTime.map { .milliseconds($0) } ?? .null),
            .init("gracePeriodMs", .milliseconds(plan.gracePeriod)),
            .init("outputBytes", .whole(plan.maxOutput)),
        ])
    }
}
