import CIsorunSystem
import Glibc
import IsorunModel
import IsorunSystem
import Testing

@testable import IsorunSandbox

@Suite(.enabled(if: LiveHost.canMakeContainers, "no container can be made here: isorun doctor says why"))
struct `A container that is about to end` {
    /// Does something as the job first writes.
    private final class Attendant: JobAttendant {
        private let silence = OwnedDescriptor(isorun_event_create())
        private weak var job: (any RunningJob)?
        private let act: (any RunningJob) -> Void
        var readiness: Int32 { silence.raw }

        init(_ act: @escaping (any RunningJob) -> Void) { self.act = act }

        func begin(with job: any RunningJob) { self.job = job }
        func attend(to job: any RunningJob) {}
        func take(input: consuming OwnedDescriptor) {}
        func hear(_ bytes: UnsafeRawBufferPointer, from stream: JobStream) { job.map(act) }
    }

    private func run(_ script: ByteString, _ act: @escaping (any RunningJob) -> Void) -> SandboxRun {
        var sandbox = Sandbox()
        sandbox.attendant = Attendant(act)
        return sandbox.run(JobSpec(command: ["sh", "-c", script]))
    }

    @Test func `because it was killed cannot be paused any more`() {
        let run = run("echo; exec sleep 1000") { job in
            job.stop(signal: SIGKILL, grace: .zero)
            #expect(job.isEnding && !job.freeze(true))
        }
        #expect(run.result.outcome == .cancelled)
    }

    @Test(.timeLimit(.minutes(1))) func `because its job has ended is not held by a pause of just then`() {
        // One process of it lives on, so that init waits for a word before it ends.
        let run = run("trap 'exit 3' USR1; setsid sh -c 'echo; exec sleep 1000' & wait") { job in
            let processes = job.processes(with: [])
            job.signal(SIGUSR1)
            while processes.allSatisfy({ kill($0, 0) == 0 }) { usleep(1000) }
            // Init has said so when it waits again, and nobody has heard it yet.
            while LiveHost.state(job.initPID) != "S" { usleep(1000) }
            #expect(!job.isEnding && job.freeze(true))
        }
        #expect(run.exitCode == 3)
    }
}
