public import IsorunModel

/// What a person reads on standard error when a job has ended: how, how long, and how near to its limits.
public enum Summary {
    /// The summary, a few lines that each end with a line end.
    ///
    /// Whatever the job could have named is escaped: no control character of it reaches the terminal.
    public static func text(_ result: JobResult, color: Bool) -> String {
        var lines = [headline(result, color: color)]
        if result.outcome != .passed {
            lines.append(TerminalText.escape(result.reason, limit: 1000))
        } else if !result.limitsHit.isEmpty {
            lines.append(TerminalStyle.warning.paint("limits hit: " + limitsHit(result), color: color))
        }
        let usage = UsageLine.text(result)
        if !usage.isEmpty { lines.append(TerminalStyle.dim.paint(usage, color: color)) }
        if let leaked = leaked(result) { lines.append(TerminalStyle.warning.paint(leaked, color: color)) }
        lines += notCollected(result)
        lines += output(result)
        if !result.unenforced.isEmpty {
            let names = result.unenforced.map(\.rawValue).joined(separator: ", ")
            let text = "NOT ENFORCED on this host, by --allow-unenforced: \(names)"
            lines.append(TerminalStyle.warning.paint(text, color: color))
        }
        return lines.joined(separator: "\n  ") + "\n"
    }

    private static func headline(_ result: JobResult, color: Bool) -> String {
        let (mark, style): (String, TerminalStyle) =
            switch result.outcome {
            case .passed: ("✓", .good)
            case .cancelled: ("⊘", .warning)
            default: ("✗", .bad)
            }
        let outcome = style.paint("\(mark) \(result.outcome.rawValue)", color: color)
        var parts = [outcome, TerminalText.escape(result.name, limit: 100), result.duration.text]
        if let startup = result.startup {
            parts.append(TerminalStyle.dim.paint("(started in \(startup.total.text))", color: color))
        }
        if result.flaky {
            parts.append(TerminalStyle.warning.paint("(flaky: passed at attempt \(result.attempt))", color: color))
        } else if result.attempt > 1 {
            parts.append("(attempt \(result.attempt))")
        }
        return parts.joined(separator: "  ")
    }

    private static func limitsHit(_ result: JobResult) -> String {
        let counts: [Limit: UInt64?] = [
            .memory: result.events.memoryLimitHits, .pids: result.events.pidsLimitHits,
            .cpu: result.events.cpuThrottledPeriods,
        ]
        let parts = result.limitsHit.map { limit in
            // That memory reached its limit is no news where pages could be freed; that processes died of it is.
            if limit == .memory, let killed = result.events.oomKills, killed > 0 {
                return killed == 1 ? "memory (1 process was killed)" : "memory (\(killed) processes were killed)"
            }
            return if let count = counts[limit] ?? nil, count > 0 {
                "\(limit.rawValue) (\(times(count)))"
            } else {
                limit.rawValue
            }
        }
        return parts.joined(separator: ", ")
    }

    private static func leaked(_ result: JobResult) -> String? {
        let count = result.events.leakedProcesses ?? UInt64(result.leaked.count)
        guard count > 0 else { return nil }
        let what = count == 1 ? "1 process was" : "\(count) processes were"
        guard !result.leaked.isEmpty else { return "\(what) still alive when the job ended" }
        var names = result.leaked.prefix(16).map { TerminalText.escape($0, limit: 40) }
        if count > UInt64(names.count) { names.append("…") }
        return "\(what) still alive when the job ended: \(names.joined(separator: ", "))"
    }

    /// What was asked for of a job and could not be kept, a line each.
    public static func notCollected(_ result: JobResult) -> [String] {
        let refused = result.collected.filter { $0.refused != nil }
        var lines = refused.prefix(8).map { file in
            "not collected: \(TerminalText.escape(file.path)): \(TerminalText.escape(file.refused ?? ""))"
        }
        if refused.count > 8 { lines.append("not collected: \(refused.count - 8) more files") }
        return lines
    }

    private static func output(_ result: JobResult) -> [String] {
        [("stdout", result.stdout), ("stderr", result.stderr)].filter(\.1.truncated).map { name, counts in
            "\(name) is not whole in the reports: the job wrote \(ByteCount(counts.bytes))"
        }
    }

    private static func times(_ count: UInt64) -> String {
        count == 1 ? "once" : "\(count) times"
    }
}
