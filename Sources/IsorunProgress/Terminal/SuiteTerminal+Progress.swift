internal import IsorunModel
internal import IsorunReporting

/// What stands at the bottom of a terminal while jobs run.
extension SuiteTerminal {
    /// Lines about jobs that have become slow since the last look.
    public mutating func slow(at now: Duration) -> String {
        var text = ""
        for index in running.indices where !running[index].warned && now - running[index].since >= style.slowAfter {
            running[index].warned = true
            let time = (now - running[index].since).text
            text +=
                "\(paint("SLOW    ", .warning)) \(Self.padded(">" + time, 10))  \(TerminalText.escape(running[index].name, limit: 400))\n"
        }
        return style.github ? GitHubLog.withoutCommands(text) : text
    }

    /// The line at the bottom, no longer than the terminal of so many columns is wide; nil where none is drawn.
    public func progressLine(at now: Duration, columns: @autoclosure () -> Int) -> String? {
        guard style.progress else { return nil }
        var text = isEndless ? "\(totals.total)" : "\(totals.total)/\(planned)"
        if totals.failed > 0 { text += " · \(totals.failed) failed" }
        text += " · \(now.text)"
        if let rest = eta(now) { text += " · \(rest.text) left" }
        for job in running.sorted(by: { $0.since < $1.since }).prefix(4) {
            text += " · \(TerminalText.escape(job.name, limit: 60)) \(Int((now - job.since).components.seconds)) s"
        }
        return Self.cut(text, to: max(columns() - 1, 1))
    }

    /// The beginning of a text that takes so many columns: a longer line would go on in the next row, which nobody clears.
    private static func cut(_ text: String, to columns: Int) -> String {
        var left = columns
        return String(
            text.prefix { character in
                left -= character.unicodeScalars.contains(where: isWide) ? 2 : 1
                return left >= 0
            }
        )
    }

    /// Whether a character takes two columns: those that Unicode calls wide (UAX #11), in whole blocks, and emoji.
    private static func isWide(_ scalar: Unicode.Scalar) -> Bool {
        let blocks: [ClosedRange<UInt32>] = [
            0x1100...0x115F, 0x2E80...0xA4CF, 0xA960...0xA97C, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
            0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD,
        ]
        return scalar.properties.isEmojiPresentation || blocks.contains { $0.contains(scalar.value) }
    }

    /// By the times of the last run where all that is left has one, else by the pace so far.
    func eta(_ now: Duration) -> Duration? {
        let done = totals.total
        guard !isEndless, done > 0, done < planned else { return nil }
        guard isOneRound, restUnknown <= 0, !expected.isEmpty else { return now / done * (planned - done) }
        // What runs has a part of its time behind it, and the rest of the longest is waited for in any case.
        var rest = restExpected
        var longest = Duration.zero
        for job in running {
            let time = expected[job.name] ?? .zero
            let elapsed = min(now - job.since, time)
            rest -= min(elapsed, rest)
            longest = max(longest, time - elapsed)
        }
        return max(longest, rest / max(running.count, 1))
    }
}
