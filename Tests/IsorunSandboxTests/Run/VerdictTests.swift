import IsorunModel
import Testing

@testable import IsorunSandbox

/// A change to what is known of a job that exited with 0 as it should.
typealias Known = @Sendable (inout Evidence) -> Void

private func evidence(_ change: Known) -> Evidence {
    var evidence = Evidence()
    evidence.job = .exited(0)
    evidence.initEnd = .exited(InitStatus.sentinel)
    evidence.limits.memoryBytes = 32 << 20
    evidence.limits.timeoutMs = 300
    evidence.limits.pids = 20
    change(&evidence)
    return evidence
}

@Suite struct `A verdict` {
    // What is known, what it means, and words of the reason.
    static let cases: [(Known, Outcome, String)] = [
        ({ _ in }, .passed, "exit 0"),
        ({ $0.job = .exited(11) }, .failed, "exit 11"),
        ({ $0.job = .exited(137) }, .failed, "exit 137"),
        ({ $0.job = .signaled(11, coreDumped: true) }, .signaled, "SIGSEGV ended it and it dumped core"),
        ({ $0.job = .signaled(9, coreDumped: false) }, .signaled, "SIGKILL ended it"),
        // glibc keeps 32 and 33 to itself; real-time signals are counted from 34 on.
        ({ $0.job = .signaled(32, coreDumped: false) }, .signaled, "SIG32 ended it"),
        ({ $0.job = .signaled(40, coreDumped: false) }, .signaled, "SIGRTMIN+6 ended it"),
        // An OOM kill at the own limit outweighs an exit code of 0.
        ({ $0.events.oomKills = 1 }, .outOfMemory, "killed 1 process: memory reached its limit of 32.0 MiB"),
        (
            {
                $0.events.oomKills = 2; $0.job = nil; $0.initEnd = .signaled(9, coreDumped: false)
            }, .outOfMemory, "killed 2 processes"
        ),
        (
            {
                $0.events.oomKills = 1; $0.oomPolicy = .process
            }, .passed, "exit 0; the kernel killed 1 process"
        ),
        (
            {
                $0.events.oomKills = 1; $0.oomPolicy = .process; $0.job = .signaled(9, coreDumped: false)
            }, .outOfMemory, "32.0 MiB"
        ),
        // The host's memory ran out: not the job's fault.
        (
            {
                $0.events.oomKills = 1; $0.reachedOwnMemoryLimit = false
            }, .setupFailed, "the host ran out of memory"
        ),
        (
            {
                $0.cause = .wallClock; $0.killedByUs = true
            }, .timedOut, "it ran longer than 300.0 ms"
        ),
        (
            {
                $0.cause = .wallClock; $0.stoppedBy = 19
            }, .timedOut, "it had been stopped by SIGSTOP"
        ),
        ({ $0.cause = .cpuTime }, .timedOut, "of CPU time"),
        ({ $0.cause = .output }, .outputLimit, "to stdout and stderr"),
        ({ $0.cause = .violation(syscall: "bpf") }, .seccompViolation, "it called bpf"),
        ({ $0.cause = .cancelled(signal: 1) }, .cancelled, "isorun received SIGHUP"),
        (
            {
                $0.cause = .outOfMemory; $0.events.oomKills = 1
            }, .outOfMemory, "32.0 MiB"
        ),
        (
            {
                $0.cause = .wallClock; $0.events.oomKills = 1
            }, .timedOut, "before that, the kernel killed 1 process"
        ),
        // Whoever got at init has no pass.
        ({ $0.initEnd = .exited(0) }, .tampered, "init exited with 0"),
        (
            {
                $0.initEnd = .exited(InitStatus.sentinel); $0.job = nil
            }, .tampered, "init exited with 93"
        ),
        ({ $0.initEnd = .signaled(9, coreDumped: false) }, .tampered, "init was killed by SIGKILL"),
        (
            {
                $0.job = nil; $0.initEnd = nil
            }, .tampered, "without a report"
        ),
        (
            {
                $0.initEnd = .signaled(9, coreDumped: false); $0.killedByUs = true; $0.cause = .output
            }, .outputLimit, "it wrote more"
        ),
        (
            {
                $0.job = .exited(11); $0.limitsHit = [.pids]; $0.events.pidsLimitHits = 480
            }, .failed, "exit 11; the limit of 20 pids was hit 480 times"
        ),
        (
            { $0.limitsHit = [.disk, .inodes, .cpu] }, .passed,
            "exit 0; the writable layer was full; the writable layer had no file left"
        ),
    ]

    @Test(arguments: cases.indices)
    func `follows from what the kernel and isorun know`(index: Int) {
        let (change, outcome, reason) = Self.cases[index]
        let verdict = Verdict(evidence(change))
        #expect(verdict.outcome == outcome)
        #expect(verdict.reason.contains(reason), "\(verdict.reason)")
    }

    @Test func `keeps the job's own end beside what isorun did`() {
        let verdict = Verdict(
            evidence {
                $0.cause = .wallClock; $0.job = .signaled(15, coreDumped: false)
            }
        )
        #expect(verdict.timedOut == .wall && verdict.signal == 15 && verdict.exitCode == nil)
        let exited = Verdict(
            evidence {
                $0.cause = .cpuTime; $0.job = .exited(4)
            }
        )
        #expect(exited.timedOut == .cpu && exited.exitCode == 4 && exited.signal == nil)
    }

    @Test func `names signals as people do`() {
        #expect(
            [1, 9, 31, 34, 40].map(SignalName.name) == ["SIGHUP", "SIGKILL", "SIGSYS", "SIGRTMIN+0", "SIGRTMIN+6"]
        )
    }
}
