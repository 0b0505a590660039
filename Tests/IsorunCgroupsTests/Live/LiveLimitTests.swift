import Glibc
import IsorunModel
import IsorunSystem
import SystemPackage
import Testing

@testable import IsorunCgroups

@Suite(.needsCgroups, .timeLimit(.minutes(10))) struct `A job's limits` {
    private func limits(_ change: (inout CgroupLimits) -> Void) -> CgroupLimits {
        var limits = CgroupLimits()
        change(&limits)
        return limits
    }

    @Test(arguments: Flavour.here)
    func `of memory end what is larger, and the kernel counts it`(flavour: Flavour) throws {
        let area = try LiveArea(flavour)
        defer { area.close() }
        let job = try JobCgroup.create(in: area.tree, limits: limits { $0.memory = 32 << 20 })
        let helper = Helper("head -c 67108864 /dev/zero | tail -n 1")
        try job.attachEverywhere(helper.pid)
        helper.go()
        helper.wait()
        #expect(job.waitUntilEmpty(within: .seconds(10)) == true)
        let counters = job.counters()
        #expect(try #require(counters.events.oomKills) >= 1)
        #expect(job.oomKills() == counters.events.oomKills)
        #expect(counters.reachedOwnMemoryLimit == true)
        #expect(try #require(counters.events.memoryLimitHits) >= 1)
        // memory.peak came with 5.19.
        if let peak = counters.usage.memoryPeakBytes { #expect(peak <= 32 << 20 && peak > 30 << 20) }
        try job.remove()
        #expect(area.leftovers == [])
    }

    @Test(arguments: Flavour.here)
    func `of memory are told of while the job runs`(flavour: Flavour) throws {
        let area = try LiveArea(flavour)
        defer { area.close() }
        let job = try JobCgroup.create(in: area.tree, limits: limits { $0.memory = 16 << 20 })
        let helper = Helper("head -c 67108864 /dev/zero | tail -n 1; sleep 1000")
        try job.attachEverywhere(helper.pid)
        switch job.oomNotice {
        case .event:
            let event = OwnedDescriptor(try makeEvent())
            try job.registerOOM(event: event)
            helper.go()
            #expect(isReady(event.raw, for: POLLIN))
        case .file:
            let events = try job.openMemoryEvents()
            helper.go()
            #expect(isReady(events.raw, for: POLLPRI))
        case .none: Issue.record("a host with the memory controller has a notice")
        }
        #expect(eventually { job.oomKills() ?? 0 > 0 })
        #expect(job.killAll(within: .seconds(10)) == true)
    }

    @Test(arguments: Flavour.here)
    func `of tasks refuse the fork beyond them, and leave room for init`(flavour: Flavour) throws {
        let area = try LiveArea(flavour)
        defer { area.close() }
        let job = try JobCgroup.create(in: area.tree, limits: limits { $0.pids = 5 })
        let helper = Helper("for i in 1 2 3 4 5 6 7 8; do sleep 1000 & done; wait")
        try job.attachEverywhere(helper.pid)
        helper.go()
        #expect(eventually { job.counters().events.pidsLimitHits ?? 0 > 0 })
        let counters = job.counters()
        if let peak = counters.usage.pidsPeak {
            #expect(peak == 5)
            #expect(counters.outerPidsLimitHits == 0)
        }
        #expect(job.killAll(within: .seconds(10)) == true)
        helper.wait()
        try job.remove()
        #expect(area.leftovers == [])
    }

    @Test(arguments: Flavour.here)
    func `of CPU bandwidth hold a busy loop back, and its time is counted`(flavour: Flavour) throws {
        let area = try LiveArea(flavour)
        defer { area.close() }
        let job = try JobCgroup.create(in: area.tree, limits: limits { $0.cpus = 0.05 })
        let helper = Helper("while :; do :; done")
        try job.attachEverywhere(helper.pid)
        helper.go()
        #expect(eventually { (job.counters().events.cpuThrottledPeriods ?? 0) > 1 && (job.cpuUsage() ?? 0) > 5000 })
        #expect(job.killAll(within: .seconds(10)) == true)
        helper.wait()
        let usage = job.counters().usage
        let (total, user, system) = (
            try #require(usage.cpuUs), try #require(usage.cpuUserUs), try #require(usage.cpuSystemUs)
        )
        // The kernel scales the parts to the sum; rounding to microseconds may lose one each.
        #expect(total >= 5000 && user + system <= total + 2)
        #expect(usage.cpuThrottledUs ?? 0 > 0)
    }

    @Test(
        .enabled(if: LiveHost.layout.facts.parents[.cpuset] != nil, "needs the cpuset controller"),
        arguments: Flavour.here
    )
    func `of CPUs pin the job`(flavour: Flavour) throws {
        let area = try LiveArea(flavour)
        defer { area.close() }
        let job = try JobCgroup.create(in: area.tree, limits: limits { $0.cpuset = CPUSet(cpus: [0]) })
        let helper = Helper("sleep 1000")
        try job.attachEverywhere(helper.pid)
        let status = String(decoding: fileText(FilePath("/proc/\(helper.pid)/status")) ?? [], as: UTF8.self)
        #expect(status.contains("Cpus_allowed_list:\t0\n"))
        #expect(job.killAll(within: .seconds(10)) == true)
    }

    @Test(
        .enabled(if: LiveHost.layout.facts.parents[.cpuset] != nil, "needs the cpuset controller"),
        arguments: Flavour.here
    )
    func `that the host cannot keep are an error, and nothing is left`(flavour: Flavour) throws {
        let area = try LiveArea(flavour)
        defer { area.close() }
        let error = #expect(throws: CgroupError.self) {
            _ = try JobCgroup.create(
                in: area.tree,
                limits: limits {
                    $0.memory = 1 << 20; $0.cpuset = CPUSet(cpus: [4000])
                }
            )
        }
        #expect(error?.limit == .cpuset)
        #expect(error?.hint != nil)
        #expect(area.leftovers == [])
    }

    @Test func `of io on what is no disk are an error, and nothing is left`() throws {
        try withKnownHostFact(LiveHost.layout.facts.parents[.io] != nil) {
            let area = try LiveArea()
            defer { area.close() }
            let limit = IOLimit(device: "/dev/null", direction: .read, bytesPerSecond: ByteCount(1 << 20))
            let error = #expect(throws: CgroupError.self) {
                _ = try JobCgroup.create(in: area.tree, limits: limits { $0.io = [limit] })
            }
            #expect(error?.limit == .io)
            #expect(area.leftovers == [])
        }
    }

    /// Blocks that were read past the page cache: of a file's cached ones the kernel would charge nobody.
    @Test(
        .enabled(if: LiveHost.layout.facts.parents[.io] != nil, "needs the io controller"),
        .enabled(if: LiveHost.disk != nil, "needs a disk that this process can read")
    )
    func `of io slow reading down, and the bytes are counted`() throws {
        let area = try LiveArea()
        defer { area.close() }
        let disk = try #require(LiveHost.disk)
        let limit = IOLimit(device: disk, direction: .read, bytesPerSecond: ByteCount(4 << 20))
        let job = try JobCgroup.create(in: area.tree, limits: limits { $0.io = [limit] })
        let helper = Helper("exec dd if=\(disk) of=/dev/null bs=1M count=4 iflag=direct")
        try job.attachEverywhere(helper.pid)
        let began = ContinuousClock.now
        helper.go()
        #expect(helper.wait() == 0)
        // A throttled group may start with a burst; without a limit this takes milliseconds.
        #expect(ContinuousClock.now - began > .milliseconds(500))
        #expect(try #require(job.counters().usage.ioReadBytes) >= 4 << 20)
        try job.remove()
        #expect(area.leftovers == [])
    }

    @Test func `of a controller that is missing are refused before anything is made`() throws {
        let area = try LiveArea()
        defer { area.close() }
        let layout = CgroupLayout(
            mounts: LiveHost.mounts.filter { $0.superOptions.contains("pids") && $0.type == "cgroup" },
            selfCgroup: fileText("/proc/self/cgroup") ?? []
        )
        guard layout.supportsJobs else { return }
        let tree = try CgroupTree(layout)
        let error = #expect(throws: CgroupError.self) {
            _ = try JobCgroup.create(in: tree, limits: limits { $0.memory = 1 << 20 })
        }
        #expect(error?.controller == .memory)
        #expect(area.leftovers == [])
    }

    private func withKnownHostFact(_ holds: Bool, _ body: () throws -> Void) throws {
        if holds { try body() } else { try Test.cancel("needs the io controller") }
    }
}
