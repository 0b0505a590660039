internal import Glibc
internal import IsorunContainers
internal import IsorunImages
internal import IsorunRegistry
internal import IsorunSystem
internal import Synchronization

/// What is said while an image is fetched: on a terminal a line for each layer with a bar and a rate, else a line when
/// something of it is done.
final class PullProgress: PullListener {
    private struct Line {
        var size: UInt64
        var received: UInt64 = 0
        /// What an earlier try had fetched of it; nil before its first byte.
        var before: UInt64?
        var word: String
        var startedNs: UInt64
    }

    private struct State {
        var lines: [(digest: Digest, line: Line)] = []
        var shown = 0
        var lastNs: UInt64 = 0
    }

    private let isShown: Bool
    private let isTerminal: Bool
    private let state = Mutex(State())

    init(isShown: Bool) {
        self.isShown = isShown
        isTerminal = isatty(STDOUT_FILENO) == 1
    }

    func layer(_ digest: Digest, size: UInt64, isThere: Bool) {
        let word = isThere ? "Already exists" : "Pulling fs layer"
        change(digest, say: word) { state in
            let line = Line(size: size, word: word, startedNs: Clock.now)
            state.lines.append((digest, line))
        }
    }

    func received(_ digest: Digest, bytes: UInt64) {
        change(digest, say: nil) { state in
            guard let index = state.lines.firstIndex(where: { $0.digest == digest }) else { return }
            if state.lines[index].line.before == nil {
                state.lines[index].line.before = bytes
                state.lines[index].line.startedNs = Clock.now
            }
            state.lines[index].line.received = bytes
            state.lines[index].line.word = "Downloading"
        }
    }

    func downloaded(_ digest: Digest) { set(digest, "Download complete") }

    func unpacking(_ digest: Digest, isDone: Bool) { set(digest, isDone ? "Pull complete" : "Extracting") }

    func retrying(_ digest: Digest?, _ reason: String) {
        guard let digest else { return complain("the registry: \(reason); trying again") }
        set(digest, "Retrying: \(reason)")
    }

    private func set(_ digest: Digest, _ word: String) {
        change(digest, say: word) { state in
            guard let index = state.lines.firstIndex(where: { $0.digest == digest }) else { return }
            state.lines[index].line.word = word
        }
    }

    /// Draws the last state.
    func finish() {
        state.withLock { state in draw(&state) }
    }

    private func change(_ digest: Digest, say word: String?, _ change: (inout State) -> Void) {
        state.withLock { state in
            change(&state)
            guard isShown else { return }
            guard isTerminal else {
                if let word, word != "Extracting" { emit("\(digest.short): \(word)\n") }
                return
            }
            let now = Clock.now
            guard word != nil || now - state.lastNs > 100_000_000 else { return }
            state.lastNs = now
            draw(&state)
        }
    }

    /// Draws all lines over those that stand there.
    private func draw(_ state: inout State) {
        guard isShown, isTerminal, !state.lines.isEmpty else { return }
        var size = winsize()
        let isKnown = unsafe ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0
        let width = isKnown && size.ws_col > 20 ? Int(size.ws_col) : 80
        let height = isKnown && size.ws_row > 4 ? Int(size.ws_row) - 2 : 22
        var text = state.shown > 0 ? "\u{1B}[\(state.shown)A" : ""
        // Of more than fit the last ones that move are shown.
        let lines = state.lines.suffix(height)
        for (digest, line) in lines { text += "\r\u{1B}[K" + Self.render(digest, line).prefix(width - 1) + "\n" }
        state.shown = lines.count
        emit(text)
    }

    private static func render(_ digest: Digest, _ line: Line) -> String {
        let head = "\(digest.short): \(line.word)"
        guard line.word == "Downloading", line.size > 0 else { return head }
        let cells = 30
        let done = Int(Double(cells) * min(Double(line.received) / Double(line.size), 1))
        let bar = String(repeating: "=", count: max(done - 1, 0)) + (done > 0 ? ">" : "")
        let blank = String(repeating: " ", count: cells - done)
        let seconds = Double(max(Clock.now - line.startedNs, 1)) / 1e9
        let fetched = line.received - min(line.before ?? 0, line.received)
        let rate = HumanSize.decimal(UInt64(Double(fetched) / max(seconds, 0.1)))
        return "\(head) [\(bar)\(blank)] \(HumanSize.decimal(line.received))/\(HumanSize.decimal(line.size)) \(rate)/s"
    }
}
