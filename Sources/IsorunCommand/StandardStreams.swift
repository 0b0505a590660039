internal import Glibc

/// This process's own standard streams.
enum StandardStreams {
    /// Sees to it that 0, 1 and 2 are open, or a file that isorun opens would become a stream, and that a reader who
    /// goes away, or a limit on the size of files, is an error code and not a signal.
    static func makeUsable() {
        signal(SIGPIPE, SIG_IGN)
        signal(SIGXFSZ, SIG_IGN)
        // Ignored by a careless caller it is inherited, and the kernel would reap init before its end is read.
        signal(SIGCHLD, SIG_DFL)
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
            // The lowest free number is this one.
            _ = unsafe open("/dev/null", O_RDWR)
        }
    }

    /// Says something on stderr.
    static func complain(_ text: String) {
        var text = text.hasSuffix("\n") ? text : text + "\n"
        text.withUTF8 { bytes in _ = unsafe write(STDERR_FILENO, bytes.baseAddress, bytes.count) }
    }

    /// Whether what is printed on stdout may have colours.
    static var outputColor: Bool {
        let noColor = unsafe getenv("NO_COLOR").map { unsafe String(cString: $0) }
        return isatty(STDOUT_FILENO) == 1 && (noColor ?? "").isEmpty
    }

    static var errorIsTerminal: Bool { isatty(STDERR_FILENO) == 1 }
    static var inputIsTerminal: Bool { isatty(STDIN_FILENO) == 1 }
}
