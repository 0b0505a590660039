internal import CIsorunSystem
internal import Glibc
internal import IsorunCgroups
internal import IsorunModel
internal import IsorunSystem
internal import SystemPackage

/// The job's cgroup, or the lack of one where the user allowed that: then no figure of it is known.
struct KeptCgroup: ~Copyable {
    /// Which range of host ids the container has.
    let slot: Int
    private var group: JobCgroup?
    /// Holds the slot where no cgroup does.
    private let lock: SlotLock?

    init(_ group: consuming JobCgroup) {
        slot = group.slot
        self.group = consume group
        lock = nil
    }

    /// A container without a cgroup; root's has a range of ids that nobody else's has all the same.
    init(without caller: Caller) throws(SystemError) {
        group = nil
        guard caller.privileged else {
            slot = 0
            lock = nil
            return
        }
        let directory: FilePath = "/run/isorun"
        let result = unsafe directory.withPlatformString { unsafe mkdir($0, 0o700) }
        if result < 0 && errno != EEXIST { throw SystemError("make", directory.string, Errno(rawValue: errno)) }
        do throws(CgroupError) {
            let lock = try SlotLock.acquire(in: directory.appending("slots"))
            slot = lock.slot
            self.lock = consume lock
        } catch {
            throw SystemError(error)
        }
    }

    /// The directory for CLONE_INTO_CGROUP, where there is one.
    var unifiedDescriptor: Int32? {
        switch group {
        case .some(let group): group.unifiedDescriptor
        case .none: nil
        }
    }

    /// What a process writes into to be in, with all that it will start.
    func openEntrances() throws(CgroupError) -> Entrances { try group?.openEntrances() ?? Entrances() }

    // MARK: What it says

    /// How this host tells of an OOM.
    var oomNotice: JobCgroup.OOMNotice {
        switch group {
        case .some(let group): group.oomNotice
        case .none: .none
        }
    }

    /// Has the kernel signal an eventfd at each OOM.
    func registerOOM(event: borrowing OwnedDescriptor) throws(CgroupError) { try group?.registerOOM(event: event) }

    /// Processes the OOM killer ended so far.
    func oomKills() -> UInt64? { group?.oomKills() ?? nil }

    /// CPU time used so far in microseconds.
    func cpuUsage() -> UInt64? { group?.cpuUsage() ?? nil }

    /// The kinds of memory in use now.
    func sampleMemory() -> MemorySample { group?.sampleMemory() ?? MemorySample() }

    /// Memory in use now, as docker counts it.
    func memoryUsage() -> UInt64? { group?.memoryUsage() ?? nil }

    /// Tasks now.
    func tasks() -> UInt64? { group?.tasks() ?? nil }

    /// Everything that was counted.
    func counters() -> CgroupCounters { group?.counters() ?? CgroupCounters() }

    // MARK: What is in it

    /// The container's processes; without a cgroup init and what descends from it, to which all orphans come back.
    func processes(below initPID: Int32, and visitors: [Int32] = []) -> [Int32] {
        group?.processes() ?? Self.descendants(of: [initPID] + visitors)
    }

    /// Waits until no process is left; without a cgroup none is, since init ends only after all others.
    func waitUntilEmpty(within time: Duration) -> Bool { group?.waitUntilEmpty(within: time) ?? true }

    /// Holds every process, or lets them go on; false where that cannot be done here.
    func freeze(_ frozen: Bool) -> Bool { group?.freeze(frozen) ?? false }

    /// Kills every process.
    func killAll(within time: Duration) -> Bool { group?.killAll(within: time) ?? true }

    /// `/proc/PID/task/PID/children`, proc_pid_task(5).
    private static func descendants(of tops: [Int32]) -> [Int32] {
        var found = tops
        var next = 0
        // A job can have no more than this many at the end, whatever it forks meanwhile.
        while next < found.count, found.count < 65536 {
            let pid = found[next]
            next += 1
            for thread in threads(of: pid) {
                let path = FilePath("/proc/\(pid)/task/\(thread)/children")
                let bytes = (try? SmallFile.read(path, limit: 1 << 20)) ?? []
                found += bytes.split(separator: UInt8(ascii: " ")).compactMap {
                    Int32(String(decoding: $0, as: UTF8.self))
                }
            }
        }
        return found
    }

    private static func threads(of pid: Int32) -> [String] {
        guard let directory = try? HeldDirectory(host: FilePath("/proc/\(pid)/task")) else { return [] }
        return (try? directory.names()) ?? []
    }
}
