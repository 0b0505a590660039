internal import Glibc

/// Says on standard error how far a measurement is: one line that is written over on a terminal, else now and then one.
public final class Progress {
    private let isTerminal: Bool
    private let quiet: Bool
    private var width = 0
    private var last: Int64 = 0

    /// Makes one for this process's standard error.
    public init(quiet: Bool) {
        self.quiet = quiet
        isTerminal = isatty(STDERR_FILENO) == 1
    }

    /// Says what is being done, where that was not said just before.
    func say(_ text: String, always: Bool = false) {
        guard !quiet else { return }
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        let now = Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
        let pause: Int64 = isTerminal ? 100 : 5000
        guard always || now - last >= pause else { return }
        last = now
        let line = text.prefix(110)
        let padding = String(repeating: " ", count: max(0, width - line.count))
        width = line.count
        write(isTerminal ? "\r\(line)\(padding)" : "\(line)\n")
    }

    /// Takes the line away before something else is printed.
    public func clear() {
        guard isTerminal, width > 0 else { return }
        write("\r" + String(repeating: " ", count: width) + "\r")
        width = 0
    }

    private func write(_ text: String) {
        var text = text
        text.withUTF8 { bytes in _ = unsafe Glibc.write(STDERR_FILENO, bytes.baseAddress, bytes.count) }
    }
}
