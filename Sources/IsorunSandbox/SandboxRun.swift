public import IsorunModel

/// What came of a run: the result, and what the reports keep of the job's output.
public struct SandboxRun: Sendable {
    /// The result document's content.
    public var result: JobResult
    /// What is kept of standard output.
    public var stdout = CapturedOutput()
    /// What is kept of standard error.
    public var stderr = CapturedOutput()
    /// The process's exit code by the contract: the job's own, or 124 to 128 and more.
    public var exitCode: Int32
    /// Why nothing of the job ran, where nothing did.
    public var error: SandboxError?
    /// Why the list of writes is not there, where it was asked for.
    public var writesFailure: String?
    /// Why the host did not take the copy of an artifact, a full disk for one: nothing that the job did.
    public var copyFailure: String?
    /// The job's own JUnit files, to be read as hostile.
    public var ownReports: [JobReport] = []
    /// Which of isorun's own streams could not take what the job wrote, and why; a reader who went away is no failure.
    public var lostOutput: String?
    /// Whether isorun ended the job or was told to end: whoever is told of it may read nothing any more.
    public var isCutShort = false
    /// Whether the turn of the job did not come: nothing of it has run, and this is no result.
    package var wasSentBack = false
    /// The last words of the job's services, each under a line with its name.
    public var serviceOutput: [UInt8] = []
    /// The layers that were stored (`CollectionSpec.layers`).
    public var layers: [LayerSpec] = []
    /// Why they were not, where that was asked for and the job passed: nothing that the job did.
    public var layersFailure: String?
    /// What the job wrote and is in none of them, in a sentence.
    public var leftOut: String?
}
