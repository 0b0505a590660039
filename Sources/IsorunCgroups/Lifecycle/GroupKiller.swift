internal import Glibc
internal import IsorunSystem

/// Kills a group until it is empty: `cgroup.kill`, else freeze, kill and thaw, until a deadline.
struct GroupKiller {
    /// The group in the hierarchy of the life cycle.
    let lifeCycle: GroupDirectory
    /// Whether that hierarchy is the unified one.
    let isUnified: Bool
    /// The group in the freezer of v1, where it is needed.
    let freezer: GroupDirectory?
    let deadline: ContinuousClock.Instant

    /// The killer of a group that was made in these hierarchies.
    init(_ tree: CgroupTree, _ name: GroupName, made: UInt16, within time: Duration) {
        lifeCycle = GroupDirectory(parent: tree.hierarchies[0].parent, name: name)
        isUnified = tree.hierarchies[0].version == .v2
        freezer = tree.hierarchies.indices.first { tree.hierarchies[$0].freezes && made & 1 << $0 != 0 }.map {
            GroupDirectory(parent: tree.hierarchies[$0].parent, name: name)
        }
        deadline = .now + time
    }

    /// The killer of a group of which only the life cycle directory is known.
    init(_ lifeCycle: GroupDirectory, isUnified: Bool, within time: Duration) {
        self.lifeCycle = lifeCycle
        self.isUnified = isUnified
        freezer = nil
        deadline = .now + time
    }

    /// Kills; returns whether the group is empty.
    func kill() -> Bool {
        if isUnified, lifeCycle.write("cgroup.kill", 1) == 0 { return waitUntilEmpty() }
        repeat {
            if isEmpty { return true }
            freeze(true)
            for pid in JobCgroup.processes(lifeCycle) where pid > 0 { _ = Glibc.kill(pid, SIGKILL) }
            freeze(false)
        } while !waitUntilEmpty(atMost: .milliseconds(10)) && ContinuousClock.now < deadline
        return isEmpty
    }

    /// Waits for the kernel's word that the group is empty (`cgroup.events`); on v1, which says none, looks again.
    func waitUntilEmpty() -> Bool { waitUntilEmpty(atMost: nil) }

    private func waitUntilEmpty(atMost limit: Duration?) -> Bool {
        let end = limit.map { min(deadline, .now + $0) } ?? deadline
        return isUnified ? waitForEvent(until: end) : lookAgain(until: end)
    }

    private var isEmpty: Bool {
        if isUnified { return lifeCycle.keyed("cgroup.events")?.value("populated") ?? 0 == 0 }
        return JobCgroup.processes(lifeCycle).isEmpty
    }

    /// The kernel holds a second notice back for 10 ms (`CGROUP_FILE_NOTIFY_MIN_INTV`), and the first was that a job
    /// moved in; so a short look now and then comes first, and the wait for a notice after a few milliseconds of that.
    private func waitForEvent(until end: ContinuousClock.Instant) -> Bool {
        let raw = lifeCycle.open("cgroup.events", O_RDONLY)
        guard raw >= 0 else { return raw == -ENOENT }
        let events = OwnedDescriptor(raw)
        var pause = Duration.microseconds(50)
        while true {
            lseek(events.raw, 0, SEEK_SET)
            let text = GroupDirectory.text(at: events.raw).map { KeyedText(bytes: $0) }
            // ENODEV: the group was removed.
            guard text?.value("populated") == 1 else { return true }
            let left = ContinuousClock.now.duration(to: end)
            guard left > .zero else { return false }
            if pause < .milliseconds(2) {
                rest(min(pause, left))
                pause = pause * 3 / 2
                continue
            }
            let (seconds, attoseconds) = left.components
            let milliseconds = min(seconds * 1000 + attoseconds / 1_000_000_000_000_000 + 1, 60_000)
            var wait = pollfd(fd: events.raw, events: Int16(POLLPRI), revents: 0)
            _ = unsafe poll(&wait, 1, Int32(milliseconds))
        }
    }

    private func lookAgain(until end: ContinuousClock.Instant) -> Bool {
        var pause = Duration.microseconds(100)
        while !JobCgroup.processes(lifeCycle).isEmpty {
            guard ContinuousClock.now < end else { return false }
            rest(pause)
            pause = min(pause * 2, .milliseconds(5))
        }
        return true
    }

    /// Holds every process of the group, or lets it go on; whether the kernel says that it is so before the deadline.
    func settle(frozen: Bool) -> Bool {
        if isUnified {
            guard lifeCycle.write("cgroup.freeze", frozen ? 1 : 0) == 0 else { return false }
            return wait { lifeCycle.keyed("cgroup.events")?.value("frozen") == (frozen ? 1 : 0) }
        }
        let state = frozen ? "FROZEN" : "THAWED"
        guard let freezer, freezer.write("freezer.state", text: state) == 0 else { return false }
        return wait { freezer.text("freezer.state").map { String(decoding: $0, as: UTF8.self) } == state + "\n" }
    }

    private func wait(_ condition: () -> Bool) -> Bool {
        while !condition() {
            guard ContinuousClock.now < deadline else { return false }
            rest(.microseconds(200))
        }
        return true
    }

    /// Stops every process of the group, so that none forks while it is killed, or lets them go on to their end.
    private func freeze(_ frozen: Bool) {
        if isUnified {
            _ = lifeCycle.write("cgroup.freeze", frozen ? 1 : 0)
            return
        }
        guard let freezer, freezer.write("freezer.state", text: frozen ? "FROZEN" : "THAWED") == 0, frozen else {
            return
        }
        // FREEZING becomes FROZEN only as it is read; a task in the kernel's depths may hold it up.
        let limit = min(deadline, .now + .milliseconds(50))
        while freezer.text("freezer.state")?.first == UInt8(ascii: "F"), ContinuousClock.now < limit {
            if freezer.text("freezer.state").map({ String(decoding: $0, as: UTF8.self) }) == "FROZEN\n" { return }
            rest(.microseconds(100))
        }
    }
}
