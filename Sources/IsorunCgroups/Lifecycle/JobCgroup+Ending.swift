internal import Glibc
internal import IsorunSystem
internal import SystemPackage

extension JobCgroup {
    /// The processes in the group, as ids of this process's own pid namespace.
    public func processes() -> [Int32] { Self.processes(group(0)) }

    /// Kills every process of the group, however fast they fork, and waits until it is empty.
    ///
    /// - Returns: Whether it is empty; false where the time was too short or a process cannot be killed now.
    public func killAll(within time: Duration) -> Bool { Self.kill(tree, name, made, within: time) }

    /// Holds every process of the group where it is, or lets them go on: `cgroup.freeze`, or the freezer of v1.
    ///
    /// - Returns: Whether it is so; false also where this host has no freezer.
    public func freeze(_ frozen: Bool) -> Bool {
        GroupKiller(tree, name, made: made, within: .seconds(2)).settle(frozen: frozen)
    }

    /// Waits until no process is in the group.
    public func waitUntilEmpty(within time: Duration) -> Bool {
        GroupKiller(tree, name, made: made, within: time).waitUntilEmpty()
    }

    /// Removes the group from every hierarchy; the counters are gone with it.
    ///
    /// - Throws: ``CgroupError`` where a process is still in it after `time`; what is left is found by ``Sweeper``.
    public consuming func remove(within time: Duration = .seconds(2)) throws(CgroupError) {
        let left = made
        made = 0
        let result = Self.removeAll(tree, name, left, within: time)
        guard result != 0 else { return }
        throw CgroupError("remove the cgroup", group(0).path(), Errno(rawValue: -result))
    }

    static func kill(_ tree: CgroupTree, _ name: GroupName, _ made: UInt16, within time: Duration) -> Bool {
        GroupKiller(tree, name, made: made, within: time).kill()
    }

    static func processes(_ group: GroupDirectory) -> [Int32] {
        (group.text("cgroup.procs") ?? []).split(separator: UInt8(ascii: "\n")).compactMap {
            decimal(Array($0).span).flatMap { Int32(exactly: $0) }
        }
    }

    /// Removes directories, that of the life cycle last: 0, or the last `-errno`.
    ///
    /// A group that was just emptied may be busy for a moment, until the kernel has let its last task go.
    static func removeAll(_ tree: CgroupTree, _ name: GroupName, _ made: UInt16, within time: Duration) -> Int32 {
        let deadline = ContinuousClock.now + time
        for index in tree.hierarchies.indices.reversed() where made & 1 << index != 0 {
            let group = GroupDirectory(parent: tree.hierarchies[index].parent, name: name)
            var pause = Duration.microseconds(50)
            while true {
                let result = group.remove()
                if result == 0 || result == -ENOENT { break }
                guard result == -EBUSY, ContinuousClock.now < deadline else { return result }
                rest(pause)
                pause = min(pause * 2, .milliseconds(5))
            }
        }
        return 0
    }
}

/// Lets the thread sleep: `nanosleep(2)`.
func rest(_ time: Duration) {
    let (seconds, attoseconds) = time.components
    var wait = timespec(tv_sec: Int(seconds), tv_nsec: Int(attoseconds / 1_000_000_000))
    _ = unsafe nanosleep(&wait, nil)
}
