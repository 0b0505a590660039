import IsorunCgroups
import Glibc
import IsorunModel
import IsorunPlanning
import IsorunSystem
import SystemPackage
import Testing

@testable import IsorunSandbox

/// Each in a process of its own, as keepers are.
///
/// Which slots the pool's containers have nobody hears: what is looked for is descriptors, mounts and processes.
@Suite(.enabled(if: LiveHost.canMakeContainers, "no container can be made here: isorun doctor says why"))
struct `A container made ahead` {
    @Test func `serves one job with all that is its own, and its result says the same as a new one's`() async {
        await #expect(processExitsWith: .success) {
            var spec = JobSpec(command: ["sh", "-c", "id -u; echo $A; ulimit -n; cat /sys/fs/cgroup/*/nothing; exit 7"])
            spec.process.environment = [EnvironmentEntry(name: "A", value: "given late")]
            spec.limits.rlimits = [Rlimit(.nofile, soft: 77, hard: 77)]
            spec.limits.pids = 21
            var sandbox = Sandbox()
            sandbox.onlookers = Onlookers(standardOutput: nil, standardError: nil)
            let cold = sandbox.run(spec)
            sandbox.makesAhead = true
            let before = try HostTraces(slot: -1)
            let warm = sandbox.run(spec)
            #expect(warm.result.outcome == .failed && warm.exitCode == 7)
            #expect(warm.result.outcome == cold.result.outcome && warm.result.reason == cold.result.reason)
            #expect(warm.stdout.head == cold.stdout.head && warm.stderr.head == cold.stderr.head)
            #expect(String(decoding: warm.stdout.head, as: UTF8.self) == "0\ngiven late\n77\n")
            #expect(warm.result.limits == cold.result.limits)
            #expect(warm.result.startup?.phases.contains { $0.name == "handover" } == true)
            #expect(try HostTraces(slot: -1) == before)
        }
    }

    @Test func `counts for its job from the job on`() async {
        await #expect(processExitsWith: .success) {
            var sandbox = Sandbox()
            sandbox.onlookers = Onlookers(standardOutput: nil, standardError: nil)
            sandbox.makesAhead = true
            let run = sandbox.run(JobSpec(command: ["/bin/true"]))
            let cold = Sandbox().run(JobSpec(command: ["/bin/true"]))
            #expect(run.result.outcome == .passed)
            #expect((run.result.resources.cpuUs == nil) == (cold.result.resources.cpuUs == nil))
            #expect((run.result.resources.memoryPeakBytes == nil) == (cold.result.resources.memoryPeakBytes == nil))
            #expect(run.result.resources.pidsPeak == cold.result.resources.pidsPeak)
        }
    }

    @Test func `has its limits in force when its job begins`() async {
        await #expect(processExitsWith: .success) {
            var spec = JobSpec(command: ["sh", "-c", "for i in 1 2 3 4 5 6 7 8; do sleep 5 & done; wait"])
            spec.limits.pids = 4
            spec.limits.timeout = .seconds(10)
            var sandbox = Sandbox()
            sandbox.onlookers = Onlookers(standardOutput: nil, standardError: nil)
            sandbox.makesAhead = true
            let run = sandbox.run(spec)
            #expect(run.result.limitsHit.contains(.pids))
        }
    }

    @Test func `is taken once, and the pool leaves nothing behind when it is closed`() async {
        await #expect(processExitsWith: .success) {
            let spec = JobSpec(command: ["/bin/true"])
            var sandbox = Sandbox()
            sandbox.onlookers = Onlookers(standardOutput: nil, standardError: nil)
            _ = sandbox.run(spec)
            let before = try HostTraces(slot: -1)
            let pool = ContainerPool(most: 4)
            sandbox.pool = pool
            var warm = 0
            for _ in 0..<40 {
                let run = sandbox.run(spec)
                #expect(run.result.outcome == .passed)
                if run.result.startup?.phases.contains(where: { $0.name == "handover" }) == true { warm += 1 }
            }
            #expect(warm > 0)
            pool.close()
            sandbox.pool = nil
            #expect(try HostTraces(slot: -1) == before)
        }
    }

    @Test func `is not used where its root has changed since`() async {
        await #expect(processExitsWith: .success) {
            let directory = try PrivateDirectory(in: "/var/tmp", prefix: "isorun-root-")
            defer { _ = unsafe directory.path.withPlatformString { unsafe rmdir($0) } }
            let root = try RootPlan.over(directory.path)
            let watch = try #require(SourceWatch(root))
            let (marks, watched) = (SourceMarks(root, nil), SourceMarks(root, watch))
            #expect(SourceMarks(root, nil) == marks)
            #expect(SourceMarks(root, watch) == watched)
            let file = directory.path.appending("proc")
            _ = unsafe file.withPlatformString { unsafe mkdir($0, 0o755) }
            defer { _ = unsafe file.withPlatformString { unsafe rmdir($0) } }
            #expect(SourceMarks(root, nil) != marks)
            #expect(SourceMarks(root, watch) != watched)
        }
    }

    @Test func `ends with its keeper, however that ends`() async throws {
        let directory = try PrivateDirectory(in: "/var/tmp", prefix: "isorun-keeper-")
        let file = directory.path.appending("pid")
        defer {
            _ = unsafe file.withPlatformString { unsafe unlink($0) }
            _ = unsafe directory.path.withPlatformString { unsafe rmdir($0) }
        }
        let path = file.string
        await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
            let spec = JobSpec(command: ["/bin/true"])
            let probed = HostProbe.facts(for: spec)
            let plan = try Planner.plan(spec, on: probed.facts)
            let kit = try SandboxKit(plan, spec: spec, facts: probed.facts, layout: probed.cgroups)
            let key = try #require(PoolKey(plan))
            let warm = try WarmContainer(key, like: kit.launcher)
            let text = "\(warm.pid)"
            try HostFile(FilePath(path)).write { file throws(SystemError) in try file.write(all: text.utf8) }
            kill(getpid(), SIGKILL)
            warm.discard()
        }
        let text = String(decoding: try SmallFile.read(file), as: UTF8.self)
        let init1 = try #require(Int32(text))
        let deadline = Clock.now + 20_000_000_000
        while LiveHost.lives(init1), Clock.now < deadline { usleep(1000) }
        #expect(!LiveHost.lives(init1))
        // Not a search of everything: that would take the groups of other tests.
        _ = Sweeper.sweep(try CgroupTree(HostProbe.cgroups()))
    }
}

extension RootPlan {
    /// A root over a directory, with nothing but the place of `/proc` in it.
    fileprivate static func over(_ directory: FilePath) throws -> RootPlan {
        var spec = JobSpec(command: ["true"])
        spec.filesystem.rootfs = .directory(directory)
        return try Sandbox.plan(spec).root
    }
}
