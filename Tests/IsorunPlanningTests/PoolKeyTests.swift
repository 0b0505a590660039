import IsorunModel
import IsorunPlanning
import SystemPackage
import Testing

/// What may differ between jobs that a container made ahead can serve.
private let ofTheJob: [(what: String, ask: Ask)] = [
    ("another command", { $0.command = ["sh", "-c", "exit 1"] }),
    ("a name", { $0.name = "other" }),
    ("environment", { $0.process.environment = [variable("A", "b")] }),
    ("per-process limits", { $0.limits.rlimits = [Rlimit(.nofile, soft: 64, hard: 64)] }),
    ("tasks", { $0.limits.pids = 20 }),
    ("CPU bandwidth", { $0.limits.cpus = 0.5 }),
    ("time", { $0.limits.timeout = .seconds(1) }),
    ("what an OOM kill ends", { $0.limits.oom = .process }),
    ("a working directory", { $0.filesystem.workdir = "/" }),
    ("standard input", { $0.streams.interactive = true }),
]

/// What a container has before it knows its job.
private let ofTheContainer: [(what: String, ask: Ask)] = [
    ("a volume", { $0.filesystem.volumes = [VolumeSpec(source: "/data", destination: "/d", writable: false)] }),
    ("a scratch directory", { $0.filesystem.tmpfs = [TmpfsSpec(destination: "/s", size: nil)] }),
    ("a read-only root", { $0.filesystem.readOnly = true }),
    ("another root", { $0.filesystem.rootfs = .directory("/data") }),
    ("something hidden", { $0.filesystem.masks = ["/srv"] }),
    ("the disk", { $0.limits.disk = ByteCount(1 << 20) }),
    ("the host's network", { $0.network = .host }),
    ("a host name", { $0.process.hostname = "other" }),
    ("no trust", { $0.untrusted = true }),
    ("a user", { $0.process.user = UserSpec(uid: 1000, gid: 1000) }),
    ("a filter", { $0.process.seccomp = .builtin(.debug) }),
    ("capabilities", { $0.process.capDrop = ["ALL"] }),
]

/// What needs a container of its own making.
private let never: [(what: String, ask: Ask)] = [
    ("a terminal", { $0.streams.terminal = true }),
    ("no init", { $0.process.initProcess = false }),
    ("pinned CPUs", { $0.limits.cpuset = CPUSet(cpus: [0]) }),
]

@Suite struct `The key of containers made ahead` {
    @Test(arguments: ofTheJob.indices) func `is the same whatever of the job differs`(index: Int) throws {
        let key = try #require(try PoolKey(plan()))
        #expect(try PoolKey(plan(ofTheJob[index].ask)) == key, "\(ofTheJob[index].what)")
    }

    @Test(arguments: ofTheContainer.indices) func `is another where the container differs`(index: Int) throws {
        let other = try #require(try PoolKey(plan(ofTheContainer[index].ask)), "\(ofTheContainer[index].what)")
        #expect(try other != PoolKey(plan()), "\(ofTheContainer[index].what)")
    }

    @Test(arguments: never.indices) func `is missing where the container needs its job`(index: Int) throws {
        #expect(try PoolKey(plan(never[index].ask)) == nil, "\(never[index].what)")
    }

    @Test func `is missing without root`() throws {
        #expect(try PoolKey(plan(on: Hosts.subordinate)) == nil)
        #expect(try PoolKey(plan(on: Hosts.single)) == nil)
    }

    @Test func `differs where the host's file systems do`() throws {
        var facts = Hosts.hybrid
        facts.mounts.append(mount("/srv", "ext4"))
        #expect(try PoolKey(plan(on: facts)) != PoolKey(plan()))
    }

    @Test func `leaves nothing of a plan to chance: each part is in the key or given with the job`() throws {
        // A new part of a plan has to be put on one of these lists, and the key or the hand-over has to follow.
        let inKey: Set = ["identity", "namespaces", "root", "setup"]
        let given: Set = ["cgroup", "process", "name", "watch", "unenforced", "notes"]
        // No network of a container's own is made ahead, and the others are namespaces.
        let none: Set = ["network"]
        let parts = Set(Mirror(reflecting: try plan()).children.compactMap(\.label))
        #expect(parts == inKey.union(given).union(none))
    }
    @Test func `leaves nothing of a process to chance either`() throws {
        // Its rights are taken before the job is known; JobMemory gives the rest, or the key refuses it.
        let inKey: Set = ["user", "capAdd", "capDrop", "seccomp", "forbidSetIDBits"]
        let given: Set = [
            "arguments", "candidates", "environment", "workdir", "rlimits", "pinCoreLimit", "interactive",
        ]
        let refused: Set = ["initProcess", "terminal"]
        let parts = Set(Mirror(reflecting: try plan().process).children.compactMap(\.label))
        #expect(parts == inKey.union(given).union(refused))
        #expect(Set(Mirror(reflecting: JobRights(try plan().process)).children.compactMap(\.label)) == inKey)
    }
}
