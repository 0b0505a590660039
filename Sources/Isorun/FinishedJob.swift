internal import Glibc
public import IsorunModel
internal import IsorunReporting
public import IsorunSandbox
package import IsorunSystem
internal import SystemPackage

/// A job that has ended: its result and what the reports keep of it.
public struct FinishedJob: Sendable {
    /// The result document's content.
    public var result: JobResult
    /// The exit code by the contract.
    public var exitCode: Int32
    /// Why nothing of the job ran, where nothing did.
    public var problem: String?
    /// Why the list of writes is not there, where it was asked for.
    public let writesFailure: String?
    /// Why the host did not take the copy of an artifact.
    public let copyFailure: String?
    /// Which of isorun's own streams could not take what the job wrote, and why.
    public let lostOutput: String?
    /// Whether isorun ended the job or was told to end: then it waits for no reader.
    public let isCutShort: Bool
    /// What the reports keep of its streams.
    public let stdout: CapturedOutput
    /// What the reports keep of its streams.
    public let stderr: CapturedOutput
    /// The last words of the job's services, each under a line with its name: for a person, and no part
    /// of what the job wrote.
    public let serviceOutput: [UInt8]
    /// The writable layers that were stored, where that was asked for.
    public let layers: [LayerSpec]
    /// Why they were not, where the job passed.
    public let layersFailure: String?
    /// What the job wrote and is in none of them, in a sentence.
    public let leftOut: String?
    /// Whether its turn did not come: then nothing of it has run, and nothing else here says anything.
    package let wasSentBack: Bool
    /// The JUnit files of the job's own.
    public let ownReports: [JobReport]
    /// The event that ends the stream.
    let finishedEvent: RunEvent

    init(_ run: SandboxRun) {
        result = run.result
        exitCode = run.exitCode
        problem = run.error?.description
        writesFailure = run.writesFailure
        copyFailure = run.copyFailure
        isCutShort = run.isCutShort
        lostOutput = run.lostOutput
        wasSentBack = run.wasSentBack
        ownReports = run.ownReports
        stdout = run.stdout
        stderr = run.stderr
        serviceOutput = run.serviceOutput
        layers = run.layers
        layersFailure = run.layersFailure
        leftOut = run.leftOut
        finishedEvent = .jobFinished(run.result, stdout: run.stdout, stderr: run.stderr)
    }
}

/// Runs jobs: what the command line and a program that links isorun both call.
public struct JobRunner: Sendable {
    /// Where the job's streams go.
    public var onlookers = Onlookers()
    /// Bytes kept of the head, and as many of the tail, of each stream for the reports.
    public var capturedBytes = 1 << 20
    /// Whether the container is made as one that waits for the turn of its job, though that has come.
    public var makesAhead = false
    /// Whether the job may begin; its container is made meanwhile, where it can be.
    ///
    /// Nil begins at once.
    package var turn: Turn?
    /// What a job's container has in common with the others of a run; nil where it stands alone.
    public var commons: RunCommons?

    /// Makes a runner that passes streams on to this process's own.
    public init() {}

    /// Runs one job to its end on the calling thread; every event goes to `events`, the last is `jobFinished`.
    public func run(_ spec: JobSpec, events: (RunEvent) -> Void) -> FinishedJob {
        run(spec, attendant: nil, events: events)
    }

    /// The same with somebody who looks after the job while it runs.
    package func run(
        _ spec: JobSpec,
        attendant: (any JobAttendant)?,
        events: (RunEvent) -> Void
    ) -> FinishedJob {
        var sandbox = Sandbox()
        sandbox.attendant = attendant
        sandbox.onlookers = onlookers
        sandbox.capturedBytes = capturedBytes
        sandbox.turn = turn ?? (makesAhead ? Turn.come() : nil)
        sandbox.commons = commons
        let finished = FinishedJob(sandbox.run(spec, events: events))
        if finished.wasSentBack { return finished }
        for report in finished.ownReports { events(.jobReported(report)) }
        events(finished.finishedEvent)
        return finished
    }
}
