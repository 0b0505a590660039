internal import IsorunModel
internal import IsorunPlanning
internal import IsorunSystem
internal import SystemPackage

/// What is known of a result before the job has run, and how it is completed.
struct ResultDraft {
    var startedAtUs: Int64
    private let spec: JobSpec
    private let facts: HostFacts

    init(spec: JobSpec, facts: HostFacts, startedAtUs: Int64) {
        self.spec = spec
        self.facts = facts
        self.startedAtUs = startedAtUs
    }

    private func result(_ name: String, _ outcome: Outcome, _ reason: String, _ duration: Duration) -> JobResult {
        JobResult(
            name: name,
            command: spec.command.map(\.text),
            outcome: outcome,
            reason: reason,
            startedAtUs: startedAtUs,
            duration: duration,
            host: HostSummary(
                kernel: facts.kernelRelease,
                cgroup: facts.cgroups.mode.rawValue,
                rootless: !facts.caller.privileged
            )
        )
    }

    /// The result of a job of which nothing ran.
    func failed(_ error: SandboxError) -> SandboxRun {
        let name = spec.name ?? (spec.command.isEmpty ? "" : Planner.derivedName(spec.command))
        let result = result(name, .setupFailed, error.description, .zero)
        return SandboxRun(result: result, exitCode: Self.exitCode(error), error: error)
    }

    /// What there is of a job whose turn did not come.
    func sentBack() -> SandboxRun {
        var run = SandboxRun(result: result(spec.name ?? "", .cancelled, "its turn did not come", .zero), exitCode: 125)
        run.wasSentBack = true
        return run
    }

    private static func exitCode(_ error: SandboxError) -> Int32 {
        switch error.kind {
        case .setup: 125
        case .notExecutable: 126
        case .notFound: 127
        }
    }

    /// The result of a job that ran.
    func finished(_ plan: SandboxPlan, _ record: RunRecord, _ collected: Collection) -> SandboxRun {
        if let failure = record.failure { return failed(failure) }
        let verdict = record.verdict
        var result = result(plan.name, verdict.outcome, verdict.reason, record.duration)
        result.timedOut = verdict.timedOut
        result.exitCode = verdict.exitCode
        result.signal = verdict.signal.map(SignalName.name)
        result.coreDumped = verdict.coreDumped
        result.limitsHit = record.limitsHit
        result.events = record.events
        result.leaked = record.leaked
        result.startup = record.startup
        result.resources = record.usage
        result.limits = record.limits
        result.unenforced = plan.unenforced
        result.stdout = record.stdout.counts
        result.stderr = record.stderr.counts
        result.collected = collected.files
        return SandboxRun(
            result: result,
            stdout: record.stdout.captured,
            stderr: record.stderr.captured,
            exitCode: exitCode(verdict, record),
            writesFailure: collected.writesFailure?.description,
            copyFailure: collected.copyFailure,
            ownReports: collected.reports,
            layers: collected.layers,
            layersFailure: collected.layersFailure?.description,
            leftOut: collected.leftOut
        )
    }

    private func exitCode(_ verdict: Verdict, _ record: RunRecord) -> Int32 {
        switch verdict.outcome {
        case .passed: 0
        case .failed: verdict.exitCode ?? 1
        case .signaled: 128 + (verdict.signal ?? 0)
        case .timedOut: 124
        case .outOfMemory: 137
        case .outputLimit, .seccompViolation: 137
        case .cancelled: 128 + (record.cancelledBy ?? 15)
        case .tampered, .setupFailed: 125
        }
    }
}
