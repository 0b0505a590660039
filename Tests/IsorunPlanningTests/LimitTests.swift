import IsorunModel
import IsorunPlanning
import SystemPackage
import Testing

@Suite struct `Limits that nobody asked for` {
    @Test func `are the documented defaults`() throws {
        let plan = try plan()
        #expect(plan.cgroup.memory == 3 << 30)  // 75 % of 4 GiB
        #expect(plan.cgroup.memorySwap == 3 << 30)  // no swap
        #expect(plan.root.diskBytes == 3 << 29)  // 50 % of the memory limit
        #expect(plan.root.inodes == 1_000_000)
        #expect(plan.cgroup.pids == 1024)
        #expect(plan.cgroup.oom == .group)
        #expect(plan.watch.timeout == .seconds(3600) && plan.watch.gracePeriod == .seconds(5))
        #expect(plan.watch.maxOutput == 64 << 20 && plan.watch.cpuTime == nil)
        #expect(plan.cgroup.cpus == nil && plan.cgroup.cpuset == nil && plan.cgroup.io.isEmpty)
        #expect(plan.unenforced.isEmpty)
    }

    @Test func `make half of a given memory limit the disk`() throws {
        let plan = try plan { $0.limits.memory = ByteCount(256 << 20) }
        #expect(plan.root.diskBytes == 128 << 20)
    }

    @Test func `stay bounded on disk where memory is not`() throws {
        let plan = try plan(on: Hosts.bare) { $0.allowUnenforced = .all }
        #expect(plan.root.diskBytes == 2 << 30)
    }
}

@Suite struct `Limits that cannot be` {
    @Test func `are refused on a host without cgroups with the reason and the way out`() {
        let error = refusal(on: Hosts.bare)
        #expect(error?.kind == .unenforceable(.memory))
        #expect(error?.message.contains("no mounted cgroup hierarchy has the memory controller") == true)
        #expect(error?.hint?.contains("--allow-unenforced memory") == true)
    }

    @Test func `go unenforced only where that one was allowed`() throws {
        let error = refusal(on: Hosts.bare) { $0.allowUnenforced = .limits([.memory]) }
        #expect(error?.kind == .unenforceable(.pids))
        let plan = try plan(on: Hosts.bare) { $0.allowUnenforced = .limits([.memory, .pids]) }
        #expect(plan.cgroup.memory == nil && plan.cgroup.pids == nil)
        #expect(plan.unenforced.contains(.memory) && plan.unenforced.contains(.pids))
    }

    @Test func `are told as swap too where memory is not bounded`() throws {
        let plan = try plan(on: Hosts.bare) { $0.allowUnenforced = .all }
        #expect(plan.unenforced.contains(.swap))
    }

    @Test func `are named as the option spells them`() {
        let error = refusal(on: Hosts.bare) {
            $0.limits.cpuTime = .seconds(1)
            $0.allowUnenforced = .limits([.memory, .swap, .pids])
        }
        #expect(error?.message.hasPrefix("the cpu-time limit cannot be enforced") == true)
        #expect(error?.hint == "to run without it: --allow-unenforced cpu-time")
    }

    private static let optional: [(CgroupFacts.Controller, Limit, Ask)] = [
        (.cpu, .cpu, { $0.limits.cpus = 0.5 }),
        (.cpuset, .cpuset, { $0.limits.cpuset = CPUSet(cpus: [0]) }),
        (.io, .io, { $0.limits.io = [IOLimit(device: "/dev/sda", direction: .read, bytesPerSecond: ByteCount(1))] }),
    ]

    // A controller that is missing is no error where nothing needs it.
    @Test(arguments: optional)
    func `are refused only when asked for`(
        controller: CgroupFacts.Controller,
        limit: Limit,
        ask: Ask
    ) throws {
        let without: Change = { $0.cgroups.parents[controller] = nil }
        #expect(refusal(facts: without) == nil)
        #expect(refusal(facts: without, ask)?.kind == .unenforceable(limit))
        let allowed = try plan(facts: without) {
            ask(&$0)
            $0.allowUnenforced = .limits([limit])
        }
        #expect(allowed.unenforced == [limit])
    }

    @Test func `are not said to be in force where they are not`() throws {
        let plan = try plan(on: Hosts.bare) {
            $0.limits.cpuTime = .seconds(1)
            $0.allowUnenforced = .all
        }
        #expect(plan.unenforced.contains(.cpuTime) && plan.watch.cpuTime == nil)
        #expect(!plan.cgroup.bounds)
        #expect(try IsorunPlanningTests.plan().cgroup.bounds)
    }

    @Test func `count CPU time on cgroup v2, which needs no controller for it`() {
        let ask: Ask = { $0.limits.cpuTime = .seconds(1) }
        #expect(refusal(on: Hosts.unified, ask) == nil)
    }

    @Test func `name the CPU and those of the host`() {
        let error = refusal { $0.limits.cpuset = CPUSet(cpus: [1, 9]) }
        #expect(error?.message == "--cpuset-cpus: CPU 9 is not one of this host's (0,1,2,3)")
    }

    @Test func `name memory and swap where the sum is less than memory`() throws {
        let error = refusal {
            $0.limits.memory = ByteCount(256 << 20)
            $0.limits.memorySwap = ByteCount(128 << 20)
        }
        #expect(error?.kind == .impossible)
        #expect(error?.message.contains("128.0 MiB is less than the memory limit of 256.0 MiB") == true)
        let fitting = try plan {
            $0.limits.memory = ByteCount(256 << 20)
            $0.limits.memorySwap = ByteCount(512 << 20)
        }
        #expect(fitting.cgroup.memorySwap == 512 << 20)
    }

    @Test func `begin with having a command`() {
        #expect(refusal { $0.command = [] }?.message == "there is no command to run")
        #expect(refusal { $0.command = [""] }?.message == "there is no command to run")
    }
}
