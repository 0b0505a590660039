/// What happens in a run, in one order; reports, terminal and exit code are consumers of this stream.
public enum RunEvent: Sendable {
    /// isorun began to make the container.
    case jobStarting(name: String, attempt: Int, atUs: Int64)
    /// The job's `execve` succeeded.
    case jobStarted(name: String, startup: Startup)
    /// A JUnit file of the job's own; all that an attempt left come before its end.
    case jobReported(JobReport)
    /// The job ended and its counters were read; the output is what the reports keep of it.
    case jobFinished(JobResult, stdout: CapturedOutput, stderr: CapturedOutput)
    /// Something a person should know that is not an outcome.
    case note(String)
}

/// A JUnit file that a job wrote, in bytes that are to be read as hostile, or why there is none.
public struct JobReport: Hashable, Sendable {
    /// What the file says.
    public enum Content: Hashable, Sendable {
        /// All of it.
        case file([UInt8])
        /// Why it was not taken.
        case refused(String)
    }
    /// The name of the job's result.
    public var job: String
    /// The path inside the container, for people.
    public var path: String
    /// What the file says.
    public var content: Content

    /// Makes a report.
    public init(job: String, path: String, content: Content) {
        self.job = job
        self.path = path
        self.content = content
    }
}

/// The head and the tail of a stream, bounded, and how much was left out between them.
public struct CapturedOutput: Hashable, Sendable {
    /// The first bytes.
    public var head: [UInt8]
    /// The last bytes, where some were left out before them.
    public var tail: [UInt8]
    /// Bytes left out between the two.
    public var omitted: UInt64

    /// Makes an output.
    public init(head: [UInt8] = [], tail: [UInt8] = [], omitted: UInt64 = 0) {
        self.head = head
        self.tail = tail
        self.omitted = omitted
    }
}
