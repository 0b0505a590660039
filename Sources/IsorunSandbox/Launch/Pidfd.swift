internal import Glibc
internal import IsorunSystem
internal import SystemPackage

/// Processes by their pidfds.
enum Pidfd {
    /// The process's id, by the pidfd's entry in /proc; nil after its end.
    static func pid(_ raw: Int32) -> Int32? {
        let bytes = (try? SmallFile.read(FilePath("/proc/self/fdinfo/\(raw)"), limit: 4096)) ?? []
        let line = String(decoding: bytes, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix("Pid:") }
        return line.flatMap { Int32($0.dropFirst(4).drop { $0 == "\t" }) }.flatMap { $0 > 0 ? $0 : nil }
    }

    /// Whether the process has ended, whoever has waited for it.
    static func hasEnded(_ raw: Int32) -> Bool {
        var request = pollfd(fd: raw, events: Int16(POLLIN), revents: 0)
        return unsafe poll(&request, 1, 0) > 0
    }
}
