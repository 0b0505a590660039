import IsorunModel

/// A job of each outcome, with figures that can be told apart.
enum Examples {
    static let all: [JobResult] = [
        passed, failed, signaled, timedOut, outOfMemory, outputLimit, seccompViolation, cancelled, tampered,
        setupFailed,
    ]

    static var passed: JobResult {
        var result = job("swift-test", .passed, "exit 0")
        result.exitCode = 0
        return result
    }

    static var failed: JobResult {
        var result = job("fork-bomb", .failed, "exit 11; the limit of 64 pids was hit 480 times")
        result.exitCode = 11
        result.limitsHit = [.pids]
        result.events.pidsLimitHits = 480
        result.events.leakedProcesses = 2
        result.leaked = ["sleep", "evil\u{1B}[2J\u{7}name"]
        result.collected = [
            CollectedFile(path: "/project/out.txt", destination: "out.txt", refused: nil),
            CollectedFile(path: "/project/link", destination: nil, refused: "it is a symbolic link"),
        ]
        return result
    }

    static var signaled: JobResult {
        var result = job("crash", .signaled, "SIGSEGV ended it (core dumped)")
        result.signal = "SIGSEGV"
        result.coreDumped = true
        return result
    }

    static var timedOut: JobResult {
        var result = job("sleeper", .timedOut, "the wall clock reached its limit of 1 h 00 min")
        result.timedOut = .wall
        result.signal = "SIGTERM"
        result.limitsHit = [.timeout]
        result.duration = .seconds(3600)
        return result
    }

    static var outOfMemory: JobResult {
        let reason = "the kernel killed 1 process: memory reached its limit of 256.0 MiB"
        var result = job("hog", .outOfMemory, reason)
        result.signal = "SIGKILL"
        result.limitsHit = [.memory]
        result.events.oomKills = 1
        result.events.memoryLimitHits = 14
        result.resources.memoryPeakBytes = 256 << 20
        return result
    }

    static var outputLimit: JobResult {
        var result = job("flood", .outputLimit, "it wrote more than 64.0 MiB")
        result.limitsHit = [.output]
        result.stdout.bytes = 67_108_865
        result.stdout.truncated = true
        return result
    }

    static var seccompViolation: JobResult {
        var result = job("bpf", .seccompViolation, "the filter caught bpf(2), which no honest program calls")
        result.signal = "SIGSYS"
        return result
    }

    static var cancelled: JobResult {
        var result = job("interrupted", .cancelled, "SIGINT told isorun to stop")
        result.resources = ResourceUsage()
        return result
    }

    static var tampered: JobResult {
        var result = job("forger", .tampered, "the job interfered with isorun's init")
        result.unenforced = [.memory, .pids]
        result.limits.memoryBytes = nil
        return result
    }

    static var setupFailed: JobResult {
        var result = job("nowhere", .setupFailed, "the command 'nowhere' was not found in PATH")
        result.startup = nil
        result.resources = ResourceUsage()
        result.events = EventCounts()
        return result
    }

    private static func job(_ name: String, _ outcome: Outcome, _ reason: String) -> JobResult {
        let host = HostSummary(kernel: "6.18.0", cgroup: "v1", rootless: false)
        var result = JobResult(
            name: name,
            command: [name, "--flag"],
            outcome: outcome,
            reason: reason,
            startedAtUs: 1_795_435_200_123_000,
            duration: .microseconds(5_321_400),
            host: host
        )
        result.startup = Startup(
            total: .microseconds(2100),
            phases: [
                .init("cgroup", .microseconds(300)), .init("clone", .microseconds(800)),
                .init("idmap", .microseconds(50)),
                .init("rootfs", .microseconds(300)), .init("setup", .microseconds(500)),
                .init("exec", .microseconds(150)),
            ]
        )
        result.events.oomKills = 0
        result.events.memoryLimitHits = 0
        result.events.pidsLimitHits = 0
        result.events.cpuThrottledPeriods = 3
        result.events.leakedProcesses = 0
        result.resources.memoryPeakBytes = 187_654_321
        result.resources.swapPeakBytes = 0
        result.resources.cpuUs = 903_579
        result.resources.cpuUserUs = 812_345
        result.resources.cpuSystemUs = 91_234
        result.resources.pidsPeak = 17
        result.resources.diskPeakBytes = 1 << 20
        result.limits.memoryBytes = 256 << 20
        result.limits.cpus = 1
        result.limits.pids = 64
        result.limits.timeoutMs = 3_600_000
        result.limits.diskBytes = 128 << 20
        result.stdout.bytes = 120
        return result
    }
}

/// A stream of events with every outcome, retries, hostile output and a note.
enum ExampleStream {
    static var events: [RunEvent] {
        var events: [RunEvent] = [.note("a note for a person")]
        for result in Examples.all {
            events += run(result, stdout: "hello from \(result.name)\n", stderr: "")
        }
        events += retried(name: "flaky", outcomes: [.failed, .setupFailed, .passed])
        events += retried(name: "broken", outcomes: [.timedOut, .failed, .setupFailed])
        events += retried(name: "stopped", outcomes: [.failed, .cancelled])
        return events
    }

    private static func run(_ result: JobResult, stdout: String, stderr: String) -> [RunEvent] {
        let hostile =
            Array("\u{1B}[31mred\u{1B}[0m ]]> <testcase name='forged'/> \0 end\r\n".utf8) + [0xFF, 0xFE, 0x80]
        let long = CapturedOutput(head: Array(stdout.utf8), tail: hostile, omitted: 12_345)
        var events: [RunEvent] = [
            .jobStarting(name: result.name, attempt: result.attempt, atUs: result.startedAtUs)
        ]
        if let startup = result.startup { events.append(.jobStarted(name: result.name, startup: startup)) }
        return events + [.jobFinished(result, stdout: long, stderr: CapturedOutput(head: Array(stderr.utf8)))]
    }

    private static func retried(name: String, outcomes: [Outcome]) -> [RunEvent] {
        outcomes.enumerated().flatMap { index, outcome in
            var result = Examples.passed
            result.name = name
            result.outcome = outcome
            result.reason = "attempt \(index + 1) of it"
            result.attempt = index + 1
            result.flaky = outcome == .passed && index > 0
            return run(result, stdout: "", stderr: "attempt \(index + 1)\n")
        }
    }
}
