internal import IsorunModel

/// What became of a job: the outcome with its evidence in words.
struct Verdict: Hashable, Sendable {
    var outcome: Outcome
    var timedOut: TimeLimit?
    var exitCode: Int32?
    var signal: Int32?
    var coreDumped = false
    var reason: String

    /// Decides from evidence alone, in the order in which one fact outweighs another:
    /// what isorun latched, an OOM kill at the job's own limit, interference with init, and the job's own end.
    init(_ evidence: Evidence) {
        if case .exited(let code) = evidence.job { exitCode = code }
        if case .signaled(let number, let dumped) = evidence.job { (signal, coreDumped) = (number, dumped) }
        let ooms = evidence.events.oomKills ?? 0
        let ownLimit = evidence.reachedOwnMemoryLimit ?? true
        outcome = .failed
        reason = ""
        if let cause = evidence.cause, cause != .outOfMemory {
            (outcome, timedOut, reason) = Self.ended(cause, evidence)
            if ooms > 0 { reason += "; before that, \(Self.oomText(evidence))" }
        } else if ooms > 0 && ownLimit && (evidence.oomPolicy == .group || evidence.job == nil || killedMain(evidence))
        {
            (outcome, reason) = (.outOfMemory, Self.oomText(evidence))
            if evidence.job == nil { signal = 9 }
        } else if ooms > 0 && !ownLimit {
            outcome = .setupFailed
            reason =
                "the host ran out of memory and the kernel killed \(Self.processes(ooms)) of this job, "
                + "which was within its own limit: run it again with less at a time"
        } else if let interference = Self.interference(evidence) {
            (outcome, reason) = (.tampered, interference)
        } else {
            (outcome, reason) = Self.own(evidence)
            if ooms > 0 { reason += "; \(Self.oomText(evidence))" }
        }
        for text in Self.limitTexts(evidence) { reason += "; \(text)" }
    }

    private func killedMain(_ evidence: Evidence) -> Bool {
        if case .signaled(9, _) = evidence.job { return true }
        return false
    }

    private static func ended(_ cause: EndCause, _ evidence: Evidence) -> (Outcome, TimeLimit?, String) {
        let stopped = evidence.stoppedBy.map { "; it had been stopped by \(SignalName.name($0))" } ?? ""
        switch cause {
        case .wallClock:
            let limit = evidence.limits.timeoutMs.map { Duration.milliseconds($0).text } ?? "the limit"
            return (.timedOut, .wall, "it ran longer than \(limit)\(stopped)")
        case .cpuTime:
            let limit = evidence.limits.cpuTimeMs.map { Duration.milliseconds($0).text } ?? "the limit"
            return (.timedOut, .cpu, "it used more than \(limit) of CPU time")
        case .output:
            let limit = evidence.limits.outputBytes.map { ByteCount($0).description } ?? "the limit"
            return (.outputLimit, nil, "it wrote more than \(limit) to stdout and stderr")
        case .violation(let syscall):
            return (.seccompViolation, nil, "it called \(syscall), which the seccomp filter does not allow")
        case .cancelled(let signal): return (.cancelled, nil, "isorun received \(SignalName.name(signal))")
        case .stopped(let signal): return (.cancelled, nil, "it was stopped with \(SignalName.name(signal))\(stopped)")
        case .outOfMemory: return (.outOfMemory, nil, oomText(evidence))
        }
    }

    private static func oomText(_ evidence: Evidence) -> String {
        let limit = evidence.limits.memoryBytes.map { " of \(ByteCount($0))" } ?? ""
        return "the kernel killed \(processes(evidence.events.oomKills ?? 1)): memory reached its limit\(limit)"
    }

    private static func processes(_ count: UInt64) -> String {
        count == 1 ? "1 process" : "\(count) processes"
    }

    // Init can only end as it means to; the job has no way to reach it that should work.
    private static func interference(_ evidence: Evidence) -> String? {
        guard !evidence.killedByUs, let end = evidence.initEnd else { return nil }
        switch (end, evidence.job) {
        case (.exited(InitStatus.sentinel), .some): return nil
        case (.exited(let code), _): return "isorun's init exited with \(code), which it never does by itself"
        case (.signaled(let signal, _), _): return "isorun's init was killed by \(SignalName.name(signal))"
        }
    }

    private static func own(_ evidence: Evidence) -> (Outcome, String) {
        switch evidence.job {
        case .exited(0): return (.passed, "exit 0")
        case .exited(let code): return (.failed, "exit \(code)")
        case .signaled(let signal, let dumped):
            return (.signaled, "\(SignalName.name(signal)) ended it" + (dumped ? " and it dumped core" : ""))
        case nil: return (.tampered, "isorun's init ended without a report of the job's end")
        }
    }

    private static func limitTexts(_ evidence: Evidence) -> [String] {
        evidence.limitsHit.compactMap { limit in
            switch limit {
            case .pids:
                let count = evidence.events.pidsLimitHits ?? 0
                let limit = evidence.limits.pids.map(String.init) ?? "?"
                return "the limit of \(limit) pids was hit \(count) time\(count == 1 ? "" : "s")"
            case .disk:
                return "the writable layer was full" + (evidence.limits.diskBytes.map { " (\(ByteCount($0)))" } ?? "")
            case .inodes:
                return "the writable layer had no file left" + (evidence.limits.inodes.map { " of \($0)" } ?? "")
            default: return nil
            }
        }
    }
}

/// Init's own exit status when all went as it should.
enum InitStatus {
    static let sentinel: Int32 = 93
}

/// Signals by name.
package enum SignalName {
    private static let names: [Int32: String] = [
        1: "SIGHUP", 2: "SIGINT", 3: "SIGQUIT", 4: "SIGILL", 5: "SIGTRAP", 6: "SIGABRT", 7: "SIGBUS", 8: "SIGFPE",
        9: "SIGKILL", 10: "SIGUSR1", 11: "SIGSEGV", 12: "SIGUSR2", 13: "SIGPIPE", 14: "SIGALRM", 15: "SIGTERM",
        16: "SIGSTKFLT", 17: "SIGCHLD", 18: "SIGCONT", 19: "SIGSTOP", 20: "SIGTSTP", 21: "SIGTTIN", 22: "SIGTTOU",
        23: "SIGURG", 24: "SIGXCPU", 25: "SIGXFSZ", 26: "SIGVTALRM", 27: "SIGPROF", 28: "SIGWINCH", 29: "SIGIO",
        30: "SIGPWR", 31: "SIGSYS",
    ]

    /// The name, as `kill -l` has it with SIG before it; real-time signals by number.
    package static func name(_ number: Int32) -> String {
        // glibc keeps 32 and 33 to itself, so that there is no name for them.
        names[number] ?? (number < 34 ? "SIG\(number)" : "SIGRTMIN+\(number - 34)")
    }
}
