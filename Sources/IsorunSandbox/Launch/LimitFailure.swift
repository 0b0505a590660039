internal import IsorunCgroups
internal import IsorunModel
internal import IsorunPlanning
internal import SystemPackage

/// Turns a cgroup's refusal into an error that says which limit it was about and what was asked for.
enum LimitFailure {
    static func error(_ error: CgroupError, asked: CgroupPlan) -> SandboxError {
        var failure = SandboxError(
            step: error.limit == nil ? error.action : "set it",
            subject: error.path.string,
            errno: error.errno,
            detail: error.detail,
            hint: error.hint
        )
        failure.limit = error.limit.map { text(of: $0, asked) }
        return failure
    }

    private static func text(of limit: Limit, _ asked: CgroupPlan) -> String {
        let value: String? =
            switch limit {
            case .memory: asked.memory.map { ByteCount($0).description }
            case .swap: asked.memorySwap.map { "\(ByteCount($0)) with the memory" }
            case .cpu: asked.cpus.map { "\($0) CPUs" }
            case .cpuset: asked.cpuset.map { "CPUs \($0.text)" }
            case .pids: asked.pids.map { "\($0) tasks" }
            case .io: asked.io.map { "\($0.bytesPerSecond)/s on \($0.device)" }.joined(separator: ", ")
            default: nil
            }
        return "\(limit.rawValue) limit" + (value.map { " of \($0)" } ?? "")
    }
}
