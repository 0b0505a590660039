package import IsorunReporting

/// What a container uses, as `stats` shows it; `--` where the host cannot say.
package struct StatsRow: Hashable, Sendable {
    package static let head = [
        "CONTAINER ID", "NAME", "CPU %", "MEM USAGE / LIMIT", "MEM %", "NET I/O", "BLOCK I/O", "PIDS",
    ]
    package let cells: [String]
    package let json: JSON

    /// From two answers of its keeper, one after the other.
    package init(_ record: ContainerRecord, before: JSON, now: JSON) {
        let memory: UInt64? = now["memoryBytes"]?.integer()
        let limit = record.setup.memoryBytes
        let read: UInt64? = now["ioReadBytes"]?.integer()
        let written: UInt64? = now["ioWrittenBytes"]?.integer()
        let tasks: UInt64? = now["tasks"]?.integer()
        let share = memory.flatMap { used in limit.map { Double(used) / Double(max($0, 1)) * 100 } }
        cells = [
            ContainerID.short(record.id), record.name, Self.percent(Self.cpu(before, now)),
            "\(Self.bytes(memory)) / \(Self.bytes(limit))", Self.percent(share), "--",
            "\(Self.bytes(read)) / \(Self.bytes(written))", tasks.map(String.init) ?? "--",
        ]
        let names = ["ID", "Name", "CPUPerc", "MemUsage", "MemPerc", "NetIO", "BlockIO", "PIDs"]
        json = .object(
            zip(names, cells).map { JSON.Member($0, .string($1)) } + [.init("Container", .string(record.name))]
        )
    }

    private static func cpu(_ before: JSON, _ now: JSON) -> Double? {
        guard let used: UInt64 = before["cpuUs"]?.integer(), let more: UInt64 = now["cpuUs"]?.integer() else {
            return nil
        }
        guard let then: UInt64 = before["atNs"]?.integer(), let at: UInt64 = now["atNs"]?.integer(), at > then else {
            return nil
        }
        return Double(more - min(used, more)) * 1000 / Double(at - then) * 100
    }

    private static func percent(_ value: Double?) -> String {
        guard let value else { return "--" }
        let hundredths = Int((value * 100).rounded())
        let rest = hundredths % 100
        return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)%"
    }

    static func bytes(_ value: UInt64?) -> String { value.map(HumanSize.binary) ?? "--" }
}
