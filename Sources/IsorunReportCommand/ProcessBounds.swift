import Glibc

/// What this process may use from now on, set before it parses what a hostile job wrote.
enum ProcessBounds {
    private static let memory: rlim_t = 1 << 30
    private static let cpuSeconds: rlim_t = 60

    /// Lets it use one more GiB of address space and one more minute of CPU, and dump no core; `setrlimit(2)`.
    static func set() {
        lower(RLIMIT_AS, to: addressSpace() + memory)
        lower(RLIMIT_CPU, to: cpuTime() + cpuSeconds)
        lower(RLIMIT_CORE, to: 0)
    }

    /// Lowers a limit; one that is lower already stays, and a refusal is no reason to write no report.
    private static func lower(_ resource: __rlimit_resource, to value: rlim_t) {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(resource.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = min(limit.rlim_cur, value)
        _ = unsafe setrlimit(__rlimit_resource_t(resource.rawValue), &limit)
    }

    /// Bytes mapped now; 0 where `/proc` does not say.
    private static func addressSpace() -> rlim_t {
        var text = [UInt8](repeating: 0, count: 32)
        let file = unsafe open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return 0 }
        defer { close(file) }
        guard unsafe read(file, &text, text.count) > 0 else { return 0 }
        let pages = String(decoding: text.prefix { $0 != UInt8(ascii: " ") }, as: UTF8.self)
        return (rlim_t(pages) ?? 0) * rlim_t(sysconf(Int32(_SC_PAGESIZE)))
    }

    private static func cpuTime() -> rlim_t {
        var usage = rusage()
        guard unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return 0 }
        return rlim_t(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
    }
}
