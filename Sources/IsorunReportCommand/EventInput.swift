import Glibc
import IsorunReporting

/// Standard input or a stored file, read as bytes come.
struct EventInput: ~Copyable {
    /// The path as the user gave it.
    let path: String
    private let descriptor: Int32

    /// Opens an input; `-` is standard input.
    ///
    /// Standard input is isorun's stream, whose end is the signal to finish: the signals that a terminal or a CI
    /// system sends to all of a process group are isorun's to heed, and ignored here.
    init(_ path: String) throws(ReportingError) {
        self.path = path == "-" ? "standard input" : path
        signal(SIGPIPE, SIG_IGN)
        guard path != "-" else {
            descriptor = STDIN_FILENO
            if isatty(STDIN_FILENO) == 0 {
                for number in [SIGINT, SIGTERM, SIGHUP, SIGQUIT] { signal(number, SIG_IGN) }
            }
            return
        }
        descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)
        guard descriptor >= 0 else { throw ReportingError(.system, "cannot read", path, errno: errno) }
    }

    deinit { if descriptor > STDERR_FILENO { close(descriptor) } }

    /// Waits until there is something to read, or the end of it; false where the time is over first; `poll(2)`.
    func isReadable(within wait: Duration) throws(ReportingError) -> Bool {
        var poll = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        let milliseconds = Int32(clamping: Int64((wait / .milliseconds(1)).rounded(.up)))
        let count = unsafe Glibc.poll(&poll, 1, milliseconds)
        guard count >= 0 || errno == EINTR else { throw failure() }
        return count > 0
    }

    /// The next bytes; none at the end; `read(2)`.
    func read() throws(ReportingError) -> [UInt8] {
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = unsafe Glibc.read(descriptor, &chunk, chunk.count)
            if count >= 0 { return Array(chunk.prefix(count)) }
            guard errno == EINTR else { throw failure() }
        }
    }

    private func failure() -> ReportingError {
        ReportingError(.system, "cannot read", path, errno: errno)
    }
}
