internal import Glibc
internal import IsorunModel
internal import IsorunReporting

/// What the bench reads of this host: programs in PATH, and what the header says.
struct HostView {
    let path: [String]
    let isRoot = geteuid() == 0
    let cpus = max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))

    init(path: String) { self.path = path.split(separator: ":").map(String.init) }

    /// The program in PATH.
    func find(_ program: String) -> String? {
        path.map { "\($0)/\(program)" }.first { unsafe access($0, X_OK) == 0 && !Self.isDirectory($0) }
    }

    static func isDirectory(_ path: String) -> Bool {
        var facts = stat()
        return unsafe stat(path, &facts) == 0 && facts.st_mode & S_IFMT == S_IFDIR
    }

    /// The header.
    func facts() -> [BenchReport.Fact] {
        [
            .init("CPU", "\(model), \(cpus) CPU\(cpus == 1 ? "" : "s")"),
            .init("kernel", kernel),
            .init("governor", governor),
            .init("cgroups", cgroups),
            .init("memory", memory),
            .init("load", load),
        ]
    }

    private var model: String {
        Self.value("/proc/cpuinfo", "model name") ?? "a CPU that /proc/cpuinfo does not name"
    }

    private var kernel: String {
        ["ostype", "osrelease"].compactMap { Self.text("/proc/sys/kernel/\($0)") }.joined(separator: " ")
    }

    private var governor: String {
        Self.text("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
            ?? "not shown: this machine's CPU frequency is not the kernel's to set"
    }

    private var cgroups: String {
        if isUnified { return "v2" }
        return isHybrid ? "hybrid (v1 with a v2 beside it)" : "v1"
    }

    var isUnified: Bool { unsafe access("/sys/fs/cgroup/cgroup.controllers", F_OK) == 0 }

    var isHybrid: Bool { unsafe access("/sys/fs/cgroup/unified", F_OK) == 0 }

    private var memory: String {
        guard let kibibytes = Self.kibibytes("/proc/meminfo", "MemTotal") else { return "unknown" }
        return "\((Double(kibibytes) / 1_048_576).text(decimals: 1)) GiB"
    }

    private var load: String {
        (Self.text("/proc/loadavg") ?? "").split(separator: " ").prefix(3).joined(separator: " ")
    }

    /// The number of a line `NAME: 12 kB`.
    static func kibibytes(_ path: String, _ name: String) -> Int? {
        value(path, name)?.split(separator: " ").first.flatMap { Int($0) }
    }

    /// The text of a small file without the line end.
    static func text(_ path: String) -> String? {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 16384)
        let count = unsafe read(file, &bytes, bytes.count)
        guard count > 0 else { return nil }
        var text = String(decoding: bytes.prefix(count), as: UTF8.self)
        while text.hasSuffix("\n") { text.removeLast() }
        return text
    }

    /// The value of the first line `NAME: VALUE`.
    static func value(_ path: String, _ name: String) -> String? {
        guard let line = text(path)?.split(separator: "\n").first(where: { $0.hasPrefix(name) }) else { return nil }
        guard let colon = line.firstIndex(of: ":") else { return nil }
        let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
        return value.isEmpty ? nil : String(value)
    }
}
