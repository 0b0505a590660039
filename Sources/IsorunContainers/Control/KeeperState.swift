internal import Glibc
internal import IsorunSystem
internal import SystemPackage

/// What the kernel says of a keeper that does not answer, and what a person can do about it.
package struct KeeperState: Hashable, Sendable {
    /// The host's id; nil where it cannot be told, as from another pid namespace.
    package let pid: Int32?
    /// The letter of proc_pid_stat(5); nil where it cannot be seen.
    package let letter: Character?

    package init(pid: Int32?, letter: Character?) {
        self.pid = pid
        self.letter = letter
    }

    /// Asks the kernel.
    package init(of pid: Int32?) {
        let bytes = pid.flatMap { try? SmallFile.read(FilePath("/proc/\($0)/stat")) } ?? []
        // The name before it is in parentheses, and may have some itself.
        let rest = String(decoding: bytes, as: UTF8.self).split(separator: ")").last?.drop { $0 == " " }
        self.init(pid: pid, letter: rest?.first)
    }

    /// Whether it will do nothing until somebody lets it go on.
    package var isStopped: Bool { letter == "T" || letter == "t" }

    /// Why it does not answer, and what to do: after the container's name.
    package func problem(of name: String, after seconds: Int) -> String {
        let who = pid.map { "its keeper (pid \($0))" } ?? "its keeper"
        let way = pid.map { "kill -CONT \($0)" } ?? "SIGCONT"
        let end = "isorun rm -f \(name) ends it with its container"
        let (what, hint) =
            switch letter {
            case "T": ("it is stopped", "\(way) lets it go on, \(end)")
            case "t": ("it is stopped by a debugger", "end that one, or \(end)")
            case "D": ("it waits in the kernel, for a disk or a network file system", "wait for that, or \(end)")
            case "Z", "X": ("it is ending", "try again")
            case nil: ("its state cannot be seen from here", end)
            default: ("it runs, but is busy or hangs", end)
            }
        return "\(who) has not answered for \(seconds) seconds: \(what); \(hint)"
    }
}
