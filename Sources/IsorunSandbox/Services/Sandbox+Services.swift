internal import IsorunModel
internal import IsorunSystem

extension Sandbox {
    /// Runs a job with its services beside it: they are there before it, and end with it, whatever becomes of it.
    func runWithServices(_ spec: JobSpec, _ events: (RunEvent) -> Void) -> SandboxRun {
        let began = Clock.wallMicroseconds
        do throws(SandboxError) {
            let services = try ServiceGroup(of: spec, cancellation: onlookers.cancellation)
            var job = spec
            services.share(with: &job)
            let run = run(job, events: events)
            for note in services.stop() { events(.note(note)) }
            return run
        } catch {
            var run = ResultDraft(spec: spec, facts: HostProbe.facts(for: spec).facts, startedAtUs: began).failed(error)
            // isorun itself did what it could.
            run.exitCode = 1
            if let cancellation = onlookers.cancellation, ServiceGroup.isAsked(cancellation) {
                run.result.outcome = .cancelled
                run.exitCode = 128 + cancellation.signal
            }
            return run
        }
    }
}
