/// What happens in a run, in one order; reports, terminal and exit code are consumers of this stream.
public enum RunEvent: Sendable {
    /// isorun began to make the container.
    case jobStarting(name: String, attempt: Int, atUs: Int64)
    /// The job's `execve` succeeded.
    case jobStarted(name: String, startup: Startup)
    /// The job ended and its counters were read; the output is what the reports keep of it.
    case jobFinished(JobResult, stdout: CapturedOutput, stderr: CapturedOutput)
    /// Something a person should know that is not an outcome.
    case note(String)
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
