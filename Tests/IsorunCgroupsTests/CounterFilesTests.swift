import IsorunModel
import Testing

@testable import IsorunCgroups

@Suite struct `Counters in files` {
    let tree: FixtureTree
    init() throws { tree = try FixtureTree() }

    private func group(_ files: [String: String]) {
        for (name, text) in files { tree.write("g/isorun-7/\(name)", text) }
    }

    @Test func `of v1 memory are read from its own files`() {
        group([
            "memory.max_usage_in_bytes": "33554432\n", "memory.failcnt": "34\n",
            "memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n",
        ])
        var counters = CgroupCounters()
        tree.withGroup("g") { V1Counters.memory($0, 33_554_432, into: &counters) }
        #expect(counters.usage.memoryPeakBytes == 33_554_432)
        #expect(counters.events.memoryLimitHits == 34)
        #expect(counters.events.oomKills == 1)
        #expect(counters.reachedOwnMemoryLimit == true)
    }

    @Test func `of v1 memory tell the host's OOM from the job's`() {
        group([
            "memory.max_usage_in_bytes": "8388608\n", "memory.failcnt": "0\n",
            "memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n",
        ])
        var counters = CgroupCounters()
        tree.withGroup("g") { V1Counters.memory($0, 33_554_432, into: &counters) }
        #expect(counters.events.oomKills == 1)
        #expect(counters.reachedOwnMemoryLimit == false)
    }

    @Test func `of v2 memory are the kernel's own`() {
        group([
            "memory.peak": "1048576\n", "memory.swap.peak": "4096\n",
            "memory.events": "low 0\nhigh 0\nmax 35\noom 1\noom_kill 2\noom_group_kill 1\n",
        ])
        var counters = CgroupCounters()
        tree.withGroup("g") { V2Counters.memory($0, into: &counters) }
        #expect(counters.usage.memoryPeakBytes == 1_048_576)
        #expect(counters.usage.swapPeakBytes == 4096)
        #expect(counters.events.memoryLimitHits == 35)
        #expect(counters.events.oomKills == 2)
        #expect(counters.reachedOwnMemoryLimit == true)
    }

    @Test func `that are missing or no numbers are nil and never 0`() {
        group(["memory.peak": "max\n", "cpu.stat": "nonsense\n", "memory.events": ""])
        var v1 = CgroupCounters()
        var v2 = CgroupCounters()
        tree.withGroup("g") { group in
            V1Counters.memory(group, 1, into: &v1)
            V1Counters.cpuTime(group, into: &v1.usage)
            V1Counters.throttling(group, into: &v1)
            V1Counters.io(group, into: &v1.usage)
            V2Counters.memory(group, into: &v2)
            V2Counters.io(group, into: &v2.usage)
            #expect(V1Counters.sample(group) == MemorySample())
            #expect(V2Counters.sample(group) == MemorySample())
        }
        #expect(v1 == CgroupCounters())
        #expect(v2 == CgroupCounters())
    }

    @Test func `of v1 CPU time are nanoseconds, of v2 microseconds`() throws {
        group([
            "cpuacct.usage": "400000999\n", "cpuacct.usage_user": "600000000\n", "cpuacct.usage_sys": "200000000\n",
            "cpu.stat": "nr_periods 20\nnr_throttled 10\nthrottled_time 500000000\n",
        ])
        tree.write(
            "u/isorun-7/cpu.stat",
            "usage_usec 9\nuser_usec 5\nsystem_usec 4\nnr_throttled 3\nthrottled_usec 2\n"
        )
        var v1 = CgroupCounters()
        var v2 = CgroupCounters()
        tree.withGroup("g") {
            V1Counters.cpuTime($0, into: &v1.usage)
            V1Counters.throttling($0, into: &v1)
        }
        try tree.withGroup("u") {
            let stat = try #require($0.keyed("cpu.stat"))
            V2Counters.cpuTime(stat, into: &v2.usage)
            V2Counters.throttling(stat, into: &v2)
        }
        #expect((v1.usage.cpuUs, v1.usage.cpuUserUs, v1.usage.cpuSystemUs) == (400_000, 300_000, 100_000))
        #expect((v1.usage.cpuThrottledUs, v1.events.cpuThrottledPeriods) == (500_000, 10))
        #expect((v2.usage.cpuUs, v2.usage.cpuUserUs, v2.usage.cpuSystemUs) == (9, 5, 4))
        #expect((v2.usage.cpuThrottledUs, v2.events.cpuThrottledPeriods) == (2, 3))
    }

    @Test func `of disk IO are summed over devices`() {
        group([
            "blkio.throttle.io_service_bytes_recursive":
                "8:0 Read 4096\n8:0 Write 10\n8:16 Read 1\n8:0 Total 4106\nTotal 4107\n",
            "io.stat": "8:0 rbytes=5 wbytes=6 rios=1\n\n8:16 rbytes=10 wbytes=20\n",
        ])
        var v1 = ResourceUsage()
        var v2 = ResourceUsage()
        tree.withGroup("g") {
            V1Counters.io($0, into: &v1)
            V2Counters.io($0, into: &v2)
        }
        #expect((v1.ioReadBytes, v1.ioWriteBytes) == (4097, 10))
        #expect((v2.ioReadBytes, v2.ioWriteBytes) == (15, 26))
    }

    @Test func `of kinds of memory do not overlap`() {
        group([
            "memory.stat": "cache 100\nrss 7\nrss_huge 0\nshmem 40\nswap 3\ntotal_cache 999\n",
            "memory.kmem.usage_in_bytes": "11\n",
        ])
        tree.write("u/isorun-7/memory.stat", "anon 1\nfile 50\nkernel 2\nshmem 20\n")
        tree.withGroup("g") {
            let sample = V1Counters.sample($0)
            #expect((sample.anonymous, sample.file, sample.shmem, sample.kernel) == (7, 60, 40, 11))
            #expect(sample.swap == 3)
        }
        tree.withGroup("u") {
            let sample = V2Counters.sample($0)
            #expect((sample.anonymous, sample.file, sample.shmem, sample.kernel) == (1, 30, 20, 2))
            #expect(sample.swap == nil)
        }
    }

    @Test func `of samples only rise`() {
        var usage = ResourceUsage()
        var sample = MemorySample()
        sample.anonymous = 5
        usage.raise(to: sample)
        sample.anonymous = 3
        sample.file = 0
        usage.raise(to: sample)
        #expect((usage.memoryAnonBytes, usage.memoryFileBytes, usage.memoryShmemBytes) == (5, 0, nil))
    }
}
