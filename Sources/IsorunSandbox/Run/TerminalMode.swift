internal import CIsorunSystem
internal import Glibc
internal import IsorunSystem

/// The keeper's own terminal in raw mode, for as long as this value lives: every key goes to the job's terminal.
package struct TerminalMode: ~Copyable {
    private let descriptor: Int32
    // What is restored at the end.
    private var saved = termios()

    /// Nil where the descriptor is no terminal.
    package init?(raw descriptor: Int32) {
        self.descriptor = descriptor
        guard unsafe tcgetattr(descriptor, &saved) == 0 else { return nil }
        var mode = saved
        unsafe cfmakeraw(&mode)
        guard unsafe tcsetattr(descriptor, TCSANOW, &mode) == 0 else { return nil }
    }

    deinit {
        var saved = saved
        // Not TCSADRAIN: a terminal that nobody reads drains never.
        unsafe tcsetattr(descriptor, TCSANOW, &saved)
    }

    /// Takes raw mode again, where somebody else changed it while this process was stopped.
    package func renew() {
        var mode = saved
        unsafe cfmakeraw(&mode)
        unsafe tcsetattr(descriptor, TCSANOW, &mode)
    }

    /// Rows and columns of a terminal, as `ISORUN_OP_TERMINAL` takes them; 24 by 80 where nobody knows.
    package static func size(of descriptor: Int32) -> UInt64 {
        var size = winsize()
        guard unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 24 << 16 | 80 }
        return UInt64(size.ws_row) << 16 | UInt64(size.ws_col)
    }

    /// Gives one terminal the size of another.
    package static func copySize(from source: Int32, to target: Int32) {
        var size = winsize()
        if unsafe ioctl(source, UInt(TIOCGWINSZ), &size) == 0 { _ = unsafe ioctl(target, UInt(TIOCSWINSZ), &size) }
    }
}
