internal import IsorunModel
internal import IsorunReporting

/// The lines of one result.
extension SuiteTerminal {
    func headline(_ result: JobResult, isLast: Bool) -> String {
        let (word, color) = word(result, isLast: isLast)
        let time = result.duration.text
        let padded = String(repeating: " ", count: max(0, 10 - time.count)) + time
        var line = "\(paint(Self.padded(word, 8), color)) \(padded)  \(TerminalText.escape(result.name, limit: 400))"
        if let reason = result.skipped { line += paint("  (\(TerminalText.escape(reason, limit: 120)))", .dim) }
        return line
    }

    /// The headline, and below it why it is no pass.
    func opening(_ result: JobResult, isLast: Bool) -> String {
        let reasons = result.outcome == .passed ? [] : reasonLines(result)
        return ([headline(result, isLast: isLast)] + reasons.map { "    \($0)" }).joined(separator: "\n") + "\n"
    }

    private func word(_ result: JobResult, isLast: Bool) -> (String, Paint) {
        switch result.outcome {
        case .passed where result.skipped != nil: ("SKIP", .warning)
        case .passed where result.flaky: ("FLAKY", .warning)
        case .passed where (result.events.leakedProcesses ?? 0) > 0: ("LEAK", .warning)
        case .passed: ("PASS", .good)
        case .cancelled: ("ENDED", .warning)
        case _ where !isLast: ("RETRY", .warning)
        case .failed: ("FAIL", .bad)
        case .signaled: (result.signal ?? "SIGNAL", .bad)
        case .timedOut: ("TIMEOUT", .bad)
        case .outOfMemory: ("OOM", .bad)
        case .outputLimit: ("OUTPUT", .bad)
        case .seccompViolation: ("SECCOMP", .bad)
        case .tampered: ("TAMPERED", .bad)
        case .setupFailed: ("ERROR", .bad)
        }
    }

    func reasonLines(_ result: JobResult) -> [String] {
        let lines = HeadAndTail.lines(of: result.reason, most: 8).map { Self.shown($0, limit: 500) }
        guard let first = lines.first else { return [] }
        let head = result.outcome == .failed ? first : "\(result.outcome.rawValue): \(first)"
        return [head] + lines.dropFirst()
    }

    /// What is to be known of a result however it ended.
    func warnings(_ result: JobResult) -> [String] {
        let leaked = result.reason.contains(" behind: ") ? nil : leaks(result)
        return [leaked].compactMap(\.self) + Summary.notCollected(result)
    }

    private func leaks(_ result: JobResult) -> String? {
        guard let count = result.events.leakedProcesses, count > 0 else { return nil }
        let names = result.leaked.prefix(8).map { TerminalText.escape($0, limit: 40) }.joined(separator: ", ")
        return "left \(counted(Int(clamping: count), "process")) behind" + (names.isEmpty ? "" : ": \(names)")
    }

    /// What runs just this one again; a name that nobody would copy has no such line.
    func again(_ result: JobResult) -> String {
        guard let again = style.again, result.name.utf8.count <= 1000 else { return "" }
        let name = Self.literal(RoundName(of: result.name, in: names).base)
        return paint("    again: \(again) \(name.hasPrefix("-") ? "-- " : "")\(ShellWord.quoted(name))", .dim) + "\n"
    }

    /// What means this name and no other where names, globs and `/regular expressions/` are taken: a name that could be
    /// either pattern is a regular expression, as a glob also means the test that has its very letters for a name.
    static func literal(_ name: String) -> String {
        let isRegex = name.count > 2 && name.hasPrefix("/") && name.hasSuffix("/")
        guard isRegex || name.contains(where: { $0 == "*" || $0 == "?" }) else { return name }
        let escaped = name.reduce(into: "") { $0 += #"\^$.|?*+()[]{}"#.contains($1) ? "\\\($1)" : String($1) }
        return "/^\(escaped)$/"
    }

    func note(_ text: String) -> String {
        let lines = HeadAndTail.lines(of: text, most: 12).map { Self.shown($0, limit: 1000) }
        return "  note: \(lines.joined(separator: "\n        "))\n"
    }

    /// What a job was promised and did not have, loudly, whatever else is shown.
    func notEnforced() -> String {
        PageText.notEnforced(unenforced, noun: style.noun).map { paint($0, .warning) + "\n" } ?? ""
    }

    /// What was not run or not to its end, by the reason.
    func notRun() -> String {
        var reasons: [String] = []
        var names: [String: [String]] = [:]
        for result in leftOut {
            if names[result.reason] == nil { reasons.append(result.reason) }
            names[result.reason, default: []].append(TerminalText.escape(result.name, limit: 200))
        }
        return reasons.map { reason in
            let all = names[reason] ?? []
            let more = all.count > 6 ? " and \(all.count - 6) more" : ""
            let line = "\(TerminalText.escape(reason, limit: 300)): \(all.prefix(6).joined(separator: ", "))\(more)"
            return paint(line, .warning) + "\n"
        }.joined()
    }
}
