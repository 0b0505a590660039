internal import Glibc
internal import IsorunImageStore
internal import IsorunImages

/// Says something on stderr.
func complain(_ text: String) {
    emit("isorun: \(text)\n", to: STDERR_FILENO)
}

/// Writes a text to one of this process's own streams; who does not read any more ends this process.
func emit(_ text: String, to descriptor: Int32 = STDOUT_FILENO) {
    let bytes = Array(text.utf8)
    var done = 0
    while done < bytes.count {
        let count = unsafe bytes.withUnsafeBytes {
            unsafe write(descriptor, $0.baseAddress?.advanced(by: done), $0.count - done)
        }
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else { exit(errno == EPIPE ? 0 : 1) }
        done += count
    }
}

/// Runs a verb: its exit code; 64 where the command line is at fault, 1 where anything else is, 130 after a signal.
func attempt(_ body: () throws(ImageError) -> Void) -> Int32 {
    do throws(ImageError) {
        try body()
        return 0
    } catch {
        if Interruption.isRequested {
            // Over the `^C` that the terminal echoed.
            if isatty(STDERR_FILENO) == 1 { emit("\r\u{1B}[K", to: STDERR_FILENO) }
            complain("interrupted; what was fetched is kept for the next time")
            return 130
        }
        complain(error.description)
        return error.kind == .usage ? 64 : 1
    }
}
