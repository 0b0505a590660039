internal import IsorunSandbox

/// What isorun says at its end of a job, to a reader who may have stopped reading.
public enum LastWords {
    /// Writes a text and waits for its reader, but no longer than a second.
    ///
    /// What is not read by then is left out.
    public static func say(_ text: String, on descriptor: Int32) {
        var sink = OutputSink(descriptor)
        sink.write(text.hasSuffix("\n") ? text : text + "\n", within: 1000)
    }
}
