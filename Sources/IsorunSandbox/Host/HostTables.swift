internal import IsorunCgroups
internal import IsorunModel
internal import IsorunSystem
internal import Synchronization
internal import SystemPackage

/// The host's tables as they were read last, by the very bytes they were read from: a run of many jobs reads them for
/// each, and parses them where they have changed.
enum HostTables {
    private struct Mounts: Sendable {
        var mountinfo: [UInt8]
        var cgroup: [UInt8]
        var mounts: [HostMount]
        /// Nil on a v2 host, where what is handed down to children changes and the mounts do not.
        var layout: CgroupLayout?
    }
    private static let lastMounts = Mutex<Mounts?>(nil)
    private static let lastUsers = Mutex<(passwd: [UInt8], table: UserTable)?>(nil)

    /// All mounts, and which hierarchy of cgroups carries which controller.
    static func mounts(_ reading: inout HostReading) -> (mounts: [HostMount], cgroups: CgroupLayout) {
        let mountinfo = reading.bytes("/proc/self/mountinfo", isVital: true)
        let cgroup = reading.bytes("/proc/self/cgroup")
        let whole = reading.failure == nil
        return lastMounts.withLock { last in
            let known = last.flatMap { $0.mountinfo == mountinfo && $0.cgroup == cgroup ? $0 : nil }
            if let known, let layout = known.layout { return (known.mounts, layout) }
            let mounts = known?.mounts ?? MountTable.parse(mountinfo)
            let layout = CgroupLayout(mounts: mounts, selfCgroup: cgroup)
            reading.note(layout.unread)
            guard whole else { return (mounts, layout) }
            let lasting = layout.facts.mode == .v2 || layout.unread != nil ? nil : layout
            last = Mounts(mountinfo: mountinfo, cgroup: cgroup, mounts: mounts, layout: lasting)
            return (mounts, layout)
        }
    }

    /// The users.
    static func users(_ reading: inout HostReading) -> UserTable {
        let passwd = reading.bytes("/etc/passwd")
        return lastUsers.withLock { last in
            if let last, last.passwd == passwd { return last.table }
            let table = UserTable.parse(passwd)
            last = (passwd, table)
            return table
        }
    }
}
