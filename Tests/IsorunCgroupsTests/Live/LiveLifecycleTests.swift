import Glibc
import IsorunModel
import IsorunSystem
import SystemPackage
import Testing

@testable import IsorunCgroups

@Suite(.needsCgroups, .timeLimit(.minutes(10))) struct `A job's cgroup` {
    @Test(arguments: Flavour.here)
    func `holds what is attached, and is gone when it is removed`(flavour: Flavour) throws {
        let area = try LiveArea(flavour)
        defer { area.close() }
        let job = try JobCgroup.create(in: area.tree, limits: CgroupLimits())
        #expect((job.unifiedDescriptor != nil) == (area.tree.layout.facts.unifiedParent != nil))
        #expect(job.processes() == [])
        let helper = Helper("sleep 1000")
        try job.attachEverywhere(helper.pid)
        #expect(job.processes() == [helper.pid])
        // Every hierarchy has it, not only that of the life cycle.
        let places = String(decoding: fileText(FilePath("/proc/\(helper.pid)/cgroup")) ?? [], as: UTF8.self)
        #expect(
            places.split(separator: "\n").count { $0.hasSuffix("/isorun-\(job.slot)") }
                == area.tree.hierarchies.count { $0.always }
        )
        #expect(job.killAll(within: .seconds(10)) == true)
        #expect(job.processes() == [])
        #expect(helper.wait() & 0x7f == SIGKILL)
        try job.remove()
        #expect(area.leftovers == [])
    }

    @Test(arguments: Flavour.here)
    func `is emptied of processes that fork and exit without end`(flavour: Flavour) throws {
        let area = try LiveArea(flavour)
        defer { area.close() }
        var limits = CgroupLimits()
        // Six live at a time, and those that no busy init of the host has waited for yet: beyond the limit a fork fails,
        // and all six end.
        limits.pids = 20_000
        let job = try JobCgroup.create(in: area.tree, limits: limits)
        let helper = Helper("hop() { hop & exit; }; for i in 1 2 3 4 5 6; do (hop) & done; wait")
        try job.attachEverywhere(helper.pid)
        helper.go()
        #expect(eventually { (job.cpuUsage() ?? 0) > 10_000 && job.processes().count > 1 })
        #expect(job.killAll(within: .seconds(20)) == true)
        #expect(job.processes() == [])
        helper.wait()
        try job.remove()
        #expect(area.leftovers == [])
    }

    @Test func `goes with its owner, and whoever is in it too`() throws {
        let area = try LiveArea()
        defer { area.close() }
        let helper = Helper("sleep 1000")
        do {
            let job = try JobCgroup.create(in: area.tree, limits: CgroupLimits())
            try job.attachEverywhere(helper.pid)
        }
        #expect(helper.wait() & 0x7f == SIGKILL)
        #expect(area.leftovers == [])
    }

    @Test func `that cannot be removed is an error that says so, and the next start removes it`() throws {
        let area = try LiveArea()
        defer { area.close() }
        let job = try JobCgroup.create(in: area.tree, limits: CgroupLimits())
        let slot = job.slot
        let helper = Helper("sleep 1000")
        try job.attachEverywhere(helper.pid)
        do throws(CgroupError) {
            try job.remove(within: .milliseconds(5))
            Issue.record("a group with a process in it was removed")
        } catch {
            #expect(error.errno == .resourceBusy)
        }
        #expect(Sweeper.sweep(area.tree) == ["isorun-\(slot)"])
        #expect(helper.wait() & 0x7f == SIGKILL)
        #expect(area.leftovers == [])
    }

    @Test(arguments: Flavour.here)
    func `that lives is never swept`(flavour: Flavour) throws {
        let area = try LiveArea(flavour)
        defer { area.close() }
        let job = try JobCgroup.create(in: area.tree, limits: CgroupLimits())
        let helper = Helper("sleep 1000")
        try job.attachEverywhere(helper.pid)
        #expect(Sweeper.sweep(area.tree) == [])
        #expect(Sweeper.sweepEverywhere(area.tree) == [])
        #expect(job.processes() == [helper.pid])
        #expect(job.killAll(within: .seconds(10)) == true)
    }

    @Test func `of a keeper that was killed is swept with all that is in it`() async throws {
        let area = try LiveArea()
        defer { area.close() }
        await #expect(processExitsWith: .signal(SIGKILL)) { [name = area.name as String] in
            let area = try LiveArea(existing: name)
            let job = try JobCgroup.create(in: area.tree, limits: CgroupLimits())
            let helper = Helper("sleep 1000")
            try job.attachEverywhere(helper.pid)
            kill(getpid(), SIGKILL)
            _ = job.slot
        }
        let slots = HierarchySearch.slots(below: area.tree.hierarchies[0].parent)
        #expect(slots.count == 1)
        #expect(Sweeper.sweep(area.tree) == slots.map { "isorun-\($0)" })
        #expect(area.leftovers == [])
    }

    @Test(arguments: Flavour.here)
    func `of a keeper that was killed in another cgroup is found by a search of everything`(
        flavour: Flavour
    ) async throws {
        let whole = try LiveArea(flavour)
        defer { whole.close() }
        let area = try LiveArea(flavour, existing: whole.name, inner: "a")
        defer { area.close() }
        let elsewhere = try LiveArea(flavour, existing: whole.name, inner: "b")
        defer { elsewhere.close() }
        let slot = try deadGroup(in: elsewhere)
        #expect(Sweeper.sweep(area.tree) == [])
        #expect(elsewhere.leftovers.contains(slot))
        #expect(Sweeper.sweepEverywhere(area.tree) == ["isorun-\(slot)"])
        #expect(elsewhere.leftovers == [])
    }

    /// The keeper ran in another cgroup of v1 than the sweeper, and in the same of v2.
    @Test(.enabled(if: LiveHost.layout.facts.mode == .hybrid, "needs cgroup v1 beside v2"))
    func `of a keeper that was killed in another cgroup of some hierarchies is swept from all`() async throws {
        let whole = try LiveArea()
        defer { whole.close() }
        let area = try LiveArea(existing: whole.name, inner: "a")
        defer { area.close() }
        let other = try LiveArea(existing: whole.name, inner: "b")
        defer { other.close() }
        let slot = try deadGroup(in: other)
        let life = GroupDirectory(parent: other.tree.hierarchies[0].parent, name: GroupName(slot: slot))
        #expect(life.remove() == 0)
        let own = GroupDirectory(parent: area.tree.hierarchies[0].parent, name: GroupName(slot: slot))
        #expect(own.make() == 0)
        #expect(other.leftovers.contains(slot))
        #expect(Sweeper.sweep(area.tree) == ["isorun-\(slot)"])
        #expect(other.leftovers == [])
        #expect(area.leftovers == [])
    }

    /// A group whose locks nobody holds, as a killed keeper leaves it.
    private func deadGroup(in area: LiveArea) throws -> Int {
        let job = try JobCgroup.create(in: area.tree, limits: CgroupLimits())
        let slot = job.slot
        _ = consume job
        for hierarchy in area.tree.hierarchies where hierarchy.always {
            #expect(GroupDirectory(parent: hierarchy.parent, name: GroupName(slot: slot)).make() == 0)
        }
        return slot
    }

    @Test func `of a keeper that was killed does not stop the next job of its slot`() async throws {
        let area = try LiveArea()
        defer { area.close() }
        await #expect(processExitsWith: .signal(SIGKILL)) { [name = area.name as String] in
            let area = try LiveArea(existing: name)
            let job = try JobCgroup.create(in: area.tree, limits: CgroupLimits(), from: 1900)
            kill(getpid(), SIGKILL)
            _ = job.slot
        }
        let left = HierarchySearch.slots(below: area.tree.hierarchies[0].parent)
        let job = try JobCgroup.create(in: area.tree, limits: CgroupLimits(), from: try #require(left.first))
        #expect(left != [job.slot], "the leftover is removed and another slot taken")
        #expect(HierarchySearch.slots(below: area.tree.hierarchies[0].parent) == [job.slot])
    }
}

@Suite(.needsCgroups, .timeLimit(.minutes(10))) struct `Slots` {
    @Test func `are never shared within a process`() throws {
        let area = try LiveArea()
        defer { area.close() }
        let first = try SlotLock.acquire(area.tree.layout, from: 2047)
        let second = try SlotLock.acquire(area.tree.layout, from: first.slot)
        #expect(first.slot != second.slot)
        let slot = first.slot
        #expect(try !isFree(slot, area))
        _ = consume first
        #expect(try isFree(slot, area))
    }

    /// Two processes make and remove groups from the same slot on, sweep in between, and hold a file while they own it.
    @Test func `are never shared between processes, even while both sweep`() async throws {
        let area = try LiveArea()
        defer { area.close() }
        let marks = try FixtureTree()
        let (name, path) = (area.name, marks.root.string)
        async let first: Void = contend(name, path)
        async let second: Void = contend(name, path)
        _ = await (first, second)
        #expect(area.leftovers == [])
    }

    private func isFree(_ slot: Int, _ area: LiveArea) throws -> Bool {
        switch try SlotLock.acquire(area.tree.layout, slot: slot) {
        case .some: true
        case .none: false
        }
    }

    private func contend(_ name: String, _ marks: String) async {
        await #expect(processExitsWith: .success) { [name = name as String, marks = marks as String] in
            let area = try LiveArea(existing: name)
            for _ in 0..<150 {
                let job = try JobCgroup.create(in: area.tree, limits: CgroupLimits(), from: 100)
                let mark = "\(marks)/\(job.slot)"
                let descriptor = unsafe open(mark, O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
                guard descriptor >= 0 else { exit(70) }
                Sweeper.sweep(area.tree)
                guard FileIdentity(descriptor: job.directory.raw) == job.group(0).identity else { exit(71) }
                unsafe unlink(mark)
                close(descriptor)
                try job.remove()
            }
        }
    }
}
