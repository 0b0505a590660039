import Glibc
import IsorunProgress
import IsorunSystem

/// Stderr with a line of progress at its bottom, where it is a terminal.
struct Screen {
    private var drawn = false
    private var last = ""

    /// How it looks, by what stderr is and what the CI's variables say.
    static func style(
        output: SuiteTerminal.Output,
        quiet: Bool,
        slowAfter: Duration,
        again: String,
        noun: String = "job"
    ) -> SuiteTerminal.Style {
        var style = SuiteTerminal.Style()
        style.noun = noun
        let isTerminal = isatty(STDERR_FILENO) == 1
        let inCI = Environment.isSet("CI")
        style.progress = isTerminal && !inCI && !quiet && Environment.value("TERM") != "dumb"
        style.color = isTerminal && (Environment.value("NO_COLOR") ?? "").isEmpty && Environment.value("TERM") != "dumb"
        style.output = output
        style.quiet = quiet
        style.slowAfter = slowAfter
        style.again = again.isEmpty ? nil : again
        style.gitlab = Environment.isSet("GITLAB_CI")
        style.github = Environment.isSet("GITHUB_ACTIONS")
        return style
    }

    /// How wide the terminal is now: whoever has it may make it narrower while a line is drawn.
    var columns: Int {
        var size = winsize()
        let isKnown = unsafe ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
        return isKnown ? Int(size.ws_col) : 80
    }

    /// Puts lines above the line of progress.
    mutating func write(_ text: String) {
        guard !text.isEmpty else { return }
        Say.asIs((drawn ? "\r\u{1B}[K" : "") + text)
        drawn = false
    }

    /// Draws the line of progress.
    mutating func draw(_ line: String?) {
        guard let line, !drawn || line != last else { return }
        Say.asIs("\r\u{1B}[K" + line)
        drawn = true
        last = line
    }

    /// Takes the line of progress away.
    mutating func clear() {
        if drawn { Say.asIs("\r\u{1B}[K") }
        drawn = false
    }
}
