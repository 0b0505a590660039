import IsorunModel
public import IsorunPlanning
import SystemPackage

/// A sandbox for a person to read before it is built: what `isorun plan` prints.
public enum PlanText {
    /// The plan in sections, ending in the numbered steps; no control character of a path or an argument is in it.
    public static func render(_ plan: SandboxPlan) -> String {
        var page = Page()
        page.section("job", [("name", escape(plan.name)), ("command", command(plan.process.arguments))])
        page.section("identity", identity(plan.identity))
        page.section("namespaces", [("own", plan.namespaces.map(\.rawValue).joined(separator: " "))])
        page.section("network", network(plan.network))
        page.section("limits", limits(plan))
        page.section("root", root(plan.root))
        page.list("hidden", hidden(plan.root))
        page.section("process", process(plan.process))
        page.list("environment", plan.process.environment.map { escape($0.text) })
        page.list("not enforced", plan.unenforced.map(\.rawValue))
        page.list("notes", plan.notes.map { escape($0, limit: 1000) })
        page.list("steps", numbered(plan.setup.map { escape($0.description) }))
        return page.text
    }

    static func escape(_ text: String, limit: Int = 300) -> String { TerminalText.escape(text, limit: limit) }
    static func escape(_ path: FilePath) -> String { TerminalText.escape(path.string) }

    private static func command(_ arguments: [ByteString]) -> String {
        arguments.map { argument in
            let text = escape(argument.text)
            let plain = text.allSatisfy { $0.isLetter || $0.isNumber || "-_=/.,:+@%^".contains($0) }
            return plain && !text.isEmpty ? text : "'" + text.replacing("'", with: #"'\''"#) + "'"
        }.joined(separator: " ")
    }

    private static func identity(_ identity: IdentityPlan) -> [(String, String)] {
        switch identity {
        case .leased:
            return [
                ("ids", "0–65535 inside are unused ids outside, leased for this container's life"),
                ("init", "id \(initContainerID), which the job cannot have"),
            ]
        case .subordinate(let ids):
            return [
                ("id 0", "is you outside"),
                ("user ids", "1–\(ids.uids.count) inside are \(range(ids.uids)) outside"),
                ("group ids", "1–\(ids.gids.count) inside are \(range(ids.gids)) outside"),
            ]
        case .single: return [("id 0", "is you outside; there is no other id")]
        }
    }

    private static func range(_ ids: SubordinateIDs.Range) -> String {
        "\(ids.start)–\(UInt64(ids.start) + UInt64(ids.count) - 1)"
    }

    private static func limits(_ plan: SandboxPlan) -> [(String, String)] {
        let cgroup = plan.cgroup
        let none = "not bounded"
        var rows = [("memory", cgroup.memory.map(bytes) ?? none), ("swap", swap(cgroup))]
        rows.append(("pids", cgroup.pids.map { "\($0)" } ?? none))
        rows.append(("cpus", cgroup.cpus.map { $0.text(decimals: 2) } ?? "all"))
        if let cpuset = cgroup.cpuset { rows.append(("cpuset", cpuset.text)) }
        for limit in cgroup.io {
            let speed = bytes(limit.bytesPerSecond.bytes) + "/s"
            rows.append(("io \(limit.direction.rawValue)", "\(speed) on \(escape(limit.device))"))
        }
        rows.append(("oom", cgroup.oom == .group ? "ends the whole job" : "ends the process that the kernel picks"))
        let grace = "SIGTERM and \(plan.watch.gracePeriod.text) of grace"
        rows.append(("timeout", plan.watch.timeout.map { "\($0.text), then \(grace)" } ?? none))
        if let time = plan.watch.cpuTime { rows.append(("cpu time", time.text)) }
        rows.append(("output", plan.watch.maxOutput.map(bytes) ?? none))
        rows.append(
            ("disk", plan.root.writable ? "\(bytes(plan.root.diskBytes)), \(plan.root.inodes) files" : "read-only")
        )
        return rows
    }

    private static func swap(_ cgroup: CgroupPlan) -> String {
        guard let total = cgroup.memorySwap, let memory = cgroup.memory else { return "not bounded" }
        return total <= memory ? "none" : bytes(total - memory)
    }

    static func bytes(_ count: UInt64) -> String { ByteCount(count).description }

    private static func numbered(_ steps: [String]) -> [String] {
        let width = String(steps.count).count
        return steps.enumerated().map { index, step in
            let number = String(index + 1)
            return String(repeating: " ", count: width - number.count) + "\(number). \(step)"
        }
    }
}

/// A page of sections.
struct Page {
    private(set) var text = ""

    /// Adds rows of a name and what it is, in two columns.
    mutating func section(_ title: String, _ rows: [(String, String)]) {
        let width = rows.map(\.0.count).max() ?? 0
        list(title, rows.map { $0 + String(repeating: " ", count: width - $0.count + 2) + $1 })
    }

    /// Adds lines; a section without any is left out.
    mutating func list(_ title: String, _ lines: [String]) {
        guard !lines.isEmpty else { return }
        text += text.isEmpty ? "" : "\n"
        text += title + "\n" + lines.map { "  \($0)\n" }.joined()
    }
}
