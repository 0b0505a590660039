internal import IsorunModel
internal import IsorunSystem

extension Sandbox {
    /// Runs a job with its services beside it: they are there before it, and end with it, whatever becomes of it.
    func runWithServices(_ spec: JobSpec, _ events: (RunEvent) -> Void) -> SandboxRun {
        let (began, beganAt) = (Clock.now, Clock.wallMicroseconds)
        let services = ServiceGroup(of: spec)
        let of = spec.name.map { " of \($0)" } ?? ""
        func tell(_ service: String, _ text: String) {
            let isWarning = text.hasPrefix("warning: ")
            let rest = isWarning ? text.dropFirst("warning: ".count) : text[...]
            events(.note("\(isWarning ? "warning: " : "")the service \(service)\(of): \(rest)"))
        }
        var run: SandboxRun
        do throws(SandboxError) {
            try services.start(onlookers.cancellation, tell)
            var job = spec
            services.share(with: &job)
            run = self.run(job, events: events)
            for (service, how) in services.stop(tell) {
                events(.note("warning: the service \(service)\(of) ended before the job: \(how)"))
                guard run.result.outcome != .passed else { continue }
                run.result.reason += "; the service \(service) ended before it: \(how)"
            }
        } catch {
            run = notStarted(spec, error, beganAt)
            run.result.duration = .nanoseconds(Int64(Clock.now - began))
            services.stop(tell)
        }
        run.serviceOutput = services.output
        return run
    }

    /// The result of a job whose services did not get ready.
    private func notStarted(_ spec: JobSpec, _ error: SandboxError, _ startedAtUs: Int64) -> SandboxRun {
        let facts = HostProbe.facts(for: spec).facts
        var run = ResultDraft(spec: spec, facts: facts, startedAtUs: startedAtUs).failed(error)
        // isorun itself did what it could.
        run.exitCode = 1
        guard let cancellation = onlookers.cancellation, cancellation.isAsked else { return run }
        run.error = nil
        run.exitCode = 128 + cancellation.signal
        run.result.outcome = .cancelled
        run.result.reason = "isorun received \(SignalName.name(cancellation.signal))"
        return run
    }
}
