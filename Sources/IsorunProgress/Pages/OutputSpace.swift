internal import IsorunModel
internal import IsorunReporting

/// Room for what pages keep of the jobs' output: more of it is in the events, and a page is to be read.
///
/// What did not pass has room of its own. Each gets a small part of what is left at most, so that of very many each has
/// a little rather than the first ones everything.
struct OutputSpace: Sendable {
    private var failures = Self.most
    private var others = Self.most

    /// The most for all of a page.
    static let most = 16 << 20

    private static let failureBytes = 1 << 15
    private static let passBytes = 1 << 10
    private static let leastBytes = 128
    private static let share = 512

    /// What is kept of an attempt's output.
    mutating func keep(of result: JobResult, _ stdout: CapturedOutput, _ stderr: CapturedOutput) -> RunOutline.Output {
        let isPass = result.outcome == .passed
        var output = RunOutline.Output()
        for (name, bytes) in [("stdout", stdout), ("stderr", stderr)] where !bytes.head.isEmpty || !bytes.tail.isEmpty {
            let left = isPass ? others : failures
            let limit = min(isPass ? Self.passBytes : Self.failureBytes, left / Self.share)
            guard limit >= Self.leastBytes else {
                output.isLeftOut = true
                continue
            }
            let text = OutputText.render(bytes, limit: limit)
            guard !text.isEmpty else { continue }
            if isPass { others -= text.utf8.count } else { failures -= text.utf8.count }
            output.streams.append((name, text))
        }
        return output
    }
}
