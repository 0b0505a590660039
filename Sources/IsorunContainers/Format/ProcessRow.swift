internal import IsorunReporting
internal import IsorunSystem
internal import SystemPackage

/// A process of a container as `top` shows it: the columns of `ps -ef`, from /proc.
package struct ProcessRow: Hashable, Sendable {
    package static let head = ["UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD"]
    package let cells: [String]

    /// Looks at a process of this host; nil for one that is gone.
    package init?(pid: Int32, ticksPerSecond: UInt64, nowUs: Int64, upSeconds: Double) {
        guard let stat = Self.read(pid, "stat"), let status = Self.read(pid, "status") else { return nil }
        let words = (Self.read(pid, "cmdline") ?? "").split(separator: "\0").joined(separator: " ")
        self.init(
            pid: pid,
            stat: stat,
            status: status,
            commandLine: words,
            ticksPerSecond: ticksPerSecond,
            nowUs: nowUs,
            upSeconds: upSeconds
        )
    }

    /// From the texts of the kernel: proc_pid_stat(5), proc_pid_status(5).
    init?(
        pid: Int32,
        stat: String,
        status: String,
        commandLine: String,
        ticksPerSecond: UInt64,
        nowUs: Int64,
        upSeconds: Double
    ) {
        guard let open = stat.firstIndex(of: "("), let close = stat.lastIndex(of: ")") else { return nil }
        // The fields behind the name, from the third on.
        let fields = stat[stat.index(after: close)...].split(separator: " ").map(String.init)
        guard fields.count > 19, let user = UInt64(fields[11]), let system = UInt64(fields[12]) else { return nil }
        guard let start = UInt64(fields[19]), let parent = Int32(fields[1]), ticksPerSecond > 0 else { return nil }
        let uid = status.split(separator: "\n").first { $0.hasPrefix("Uid:") }?.split(separator: "\t")
        let used = Double(user + system) / Double(ticksPerSecond)
        let age = max(upSeconds - Double(start) / Double(ticksPerSecond), 0)
        let began = Timestamp.text(microseconds: nowUs - Int64(age * 1e6))
        let name = "[\(stat[stat.index(after: open)..<close])]"
        cells = [
            uid.flatMap { $0.count > 1 ? String($0[1]) : nil } ?? "?",
            "\(pid)",
            "\(parent)",
            "\(age > 0 ? Int(used / age * 100) : 0)",
            String(began.dropFirst(11).prefix(5)),
            Self.terminal(Int64(fields[4]) ?? 0),
            Self.time(Int64(used)),
            TerminalText.escape(commandLine.isEmpty ? name : commandLine),
        ]
    }

    private static func read(_ pid: Int32, _ file: String) -> String? {
        guard let bytes = try? SmallFile.read(FilePath("/proc/\(pid)/\(file)"), limit: 1 << 17) else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    // A pty's major number is 136 to 143; the number of the terminal is in the rest.
    private static func terminal(_ device: Int64) -> String {
        let major = device >> 8 & 0xfff
        let minor = device & 0xff | device >> 12 & 0xfff00
        return 136...143 ~= major ? "pts/\((major - 136) * 256 + minor)" : "?"
    }

    private static func time(_ seconds: Int64) -> String {
        func two(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
        return "\(two(seconds / 3600)):\(two(seconds / 60 % 60)):\(two(seconds % 60))"
    }
}
