internal import Glibc

/// The memory of the processes that a runtime keeps beside its containers.
enum ProcessMemory {
    /// KiB of all processes below this one, and of those elsewhere whose command line has one of the words; but for
    /// stand-ins, which are the containers' own.
    static func own(besides own: pid_t, words: [String]) -> Int {
        let all = processes()
        var below: Set<pid_t> = [own]
        var grew = true
        while grew {
            let more = all.filter { below.contains($0.parent) && !below.contains($0.pid) }
            more.forEach { below.insert($0.pid) }
            grew = !more.isEmpty
        }
        below.remove(own)
        return all.filter { process in
            guard process.name != "standin" else { return false }
            return below.contains(process.pid) || words.contains { commandLine(process.pid).contains($0) }
        }.reduce(0) { $0 + (HostView.kibibytes("/proc/\($1.pid)/smaps_rollup", "Pss:") ?? 0) }
    }

    private struct Process {
        let pid: pid_t
        let parent: pid_t
        let name: String
    }

    private static func processes() -> [Process] {
        MachineImage.names(in: "/proc").compactMap { pid_t($0) }.compactMap { pid in
            let status = "/proc/\(pid)/status"
            guard let name = HostView.value(status, "Name"), let parent = HostView.value(status, "PPid") else {
                return nil
            }
            return Process(pid: pid, parent: pid_t(parent) ?? 0, name: name)
        }
    }

    private static func commandLine(_ pid: pid_t) -> String { HostView.text("/proc/\(pid)/cmdline") ?? "" }
}
