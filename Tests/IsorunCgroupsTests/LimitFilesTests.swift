import IsorunModel
import SystemPackage
import Testing

@testable import IsorunCgroups

@Suite struct `Limits in files` {
    let tree: FixtureTree
    init() throws { tree = try FixtureTree() }

    private func limits(_ change: (inout CgroupLimits) -> Void) -> CgroupLimits {
        var limits = CgroupLimits()
        change(&limits)
        return limits
    }

    @Test func `of v1 bound memory first, then memory plus swap`() throws {
        for file in ["memory.limit_in_bytes", "memory.memsw.limit_in_bytes", "memory.swappiness"] {
            tree.write("m/isorun-7/\(file)")
        }
        try tree.withGroup("m") { try V1Limits.memory($0, limits { $0.memory = 33_554_432 }) }
        #expect(tree.text("m/isorun-7/memory.limit_in_bytes") == "33554432")
        #expect(tree.text("m/isorun-7/memory.memsw.limit_in_bytes") == "33558528", "one page more, see V1Limits")
        #expect(tree.text("m/isorun-7/memory.swappiness") == "0")
    }

    @Test func `of v1 leave swappiness alone where there is room for swap`() throws {
        for file in ["memory.limit_in_bytes", "memory.memsw.limit_in_bytes", "memory.swappiness"] {
            tree.write("m/isorun-7/\(file)")
        }
        try tree.withGroup("m") {
            try V1Limits.memory(
                $0,
                limits {
                    $0.memory = 4096; $0.memorySwap = 8192
                }
            )
        }
        #expect(tree.text("m/isorun-7/memory.memsw.limit_in_bytes") == "8192")
        #expect(tree.text("m/isorun-7/memory.swappiness") == "")
    }

    @Test func `of v2 bound memory, the swap beyond it, and group the OOM kill`() throws {
        for file in ["memory.max", "memory.swap.max", "memory.oom.group"] { tree.write("m/isorun-7/\(file)") }
        try tree.withGroup("m") {
            try V2Limits.memory(
                $0,
                limits {
                    $0.memory = 4096; $0.memorySwap = 12_288
                }
            )
        }
        #expect(tree.text("m/isorun-7/memory.max") == "4096")
        #expect(tree.text("m/isorun-7/memory.swap.max") == "8192")
        #expect(tree.text("m/isorun-7/memory.oom.group") == "1")
    }

    @Test func `leave swap unlimited where that was asked, also where the kernel does not account it`() throws {
        for file in ["memory.limit_in_bytes", "memory.max", "memory.oom.group"] { tree.write("m/isorun-7/\(file)") }
        let limits = limits {
            $0.memory = 4096
            $0.memorySwap = .max
        }
        try tree.withGroup("m") { group in
            try V1Limits.memory(group, limits)
            try V2Limits.memory(group, limits)
        }
        #expect(tree.text("m/isorun-7/memory.limit_in_bytes") == "4096")
        #expect(tree.text("m/isorun-7/memory.max") == "4096")
    }

    @Test func `of v2 leave the OOM kill to the kernel's pick where that was asked`() throws {
        for file in ["memory.max", "memory.swap.max", "memory.oom.group"] { tree.write("m/isorun-7/\(file)") }
        try tree.withGroup("m") {
            try V2Limits.memory(
                $0,
                limits {
                    $0.memory = 4096; $0.oomGroup = false
                }
            )
        }
        #expect(tree.text("m/isorun-7/memory.oom.group") == "")
        #expect(tree.text("m/isorun-7/memory.swap.max") == "0")
    }

    @Test func `count isorun's own task on top of the job's`() throws {
        tree.write("p/isorun-7/pids.max")
        try tree.withGroup("p") { try SharedLimits.pids($0, limits { $0.pids = 64 }) }
        #expect(tree.text("p/isorun-7/pids.max") == "65")
    }

    @Test(arguments: [(0.5, "50000"), (2, "200000"), (0.001, "1000"), (0.333, "33300")])
    func `give bandwidth in microseconds of 100 ms, and never less than the kernel takes`(
        cpus: Double,
        quota: String
    ) throws {
        tree.write("c/isorun-7/cpu.cfs_quota_us")
        tree.write("c/isorun-7/cpu.max")
        try tree.withGroup("c") {
            try V1Limits.cpu($0, limits { $0.cpus = cpus })
            try V2Limits.cpu($0, limits { $0.cpus = cpus })
        }
        #expect(tree.text("c/isorun-7/cpu.cfs_quota_us") == quota)
        #expect(tree.text("c/isorun-7/cpu.max") == quota)
    }

    @Test func `that the kernel keeps otherwise are an error that says both numbers`() {
        tree.write("m/isorun-7/memory.oom.group")
        // What is longer than the number written keeps its tail, as a kernel would keep another value.
        tree.write("m/isorun-7/memory.max", "1111111111")
        let error = #expect(throws: CgroupError.self) {
            try tree.withGroup("m") { try V2Limits.memory($0, limits { $0.memory = 4096 }) }
        }
        #expect(error?.limit == .memory)
        #expect(error?.errno == nil)
        #expect(error?.detail == "asked for 4096, the kernel keeps 4096111111")
        #expect(error?.path.lastComponent == "memory.max")
    }

    @Test func `may be rounded down to pages`() throws {
        tree.write("m/isorun-7/value")
        try tree.withGroup("m") { group in
            try group.limit("value", to: 4096, for: .memory, .memory, granularity: 4096)
        }
        tree.write("n/isorun-7/value", "xxxx5")
        #expect(throws: CgroupError.self) {
            try tree.withGroup("n") { try $0.limit("value", to: 8191, for: .memory, .memory, granularity: 4096) }
        }
    }

    @Test func `without their file name the limit, the file and the way out`() {
        let error = #expect(throws: CgroupError.self) {
            try tree.withGroup("p") { try SharedLimits.pids($0, limits { $0.pids = 5 }) }
        }
        #expect(error?.limit == .pids)
        #expect(error?.controller == .pids)
        #expect(error?.errno == .noSuchFileOrDirectory)
        #expect(
            error?.description == "cannot limit pids (\(tree.root)/p/isorun-7/pids.max): "
                + "No such file or directory (ENOENT); this kernel lacks that file; pass --allow-unenforced pids"
        )
    }

    @Test func `of io name a device that is one`() {
        let plain = tree.root.appending("plain")
        tree.write("plain")
        let error = #expect(throws: CgroupError.self) { _ = try BlockDevice(plain) }
        #expect(error?.detail == "this is no block device")
        #expect(throws: CgroupError.self) { _ = try BlockDevice("/dev/nothing-like-that") }
    }

    @Test(arguments: [
        ("Filename Type Size Used Priority\n", false), ("", false), ("Filename\n/dev/sda2 partition 1 0 -2\n", true),
    ])
    func `of swap are missed only on a host that swaps`(swaps: String, has: Bool) {
        tree.write("swaps", swaps)
        #expect(SwapAccounting.hostHasSwap(tree.root.appending("swaps")) == has)
    }
}
