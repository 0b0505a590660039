import Glibc
import IsorunCgroups
import IsorunModel
import IsorunPlanning
import IsorunSystem
import IsorunTestSupport
import SystemPackage
import Testing

@testable import IsorunSandbox

/// Each in a process of its own, as keepers are.
///
/// Which slots the containers have nobody hears: what is looked for is descriptors, mounts and processes.
@Suite(.enabled(if: LiveHost.canMakeContainers, "no container can be made here: isorun doctor says why"))
struct `A container that waits for the turn of its job` {
    @Test func `has all that is its own, and its result says the same as another one's`() async {
        await #expect(processExitsWith: .success) {
            var spec = JobSpec(command: ["sh", "-c", "id -u; echo $A; ulimit -n; cat /sys/fs/cgroup/*/nothing; exit 7"])
            spec.process.environment = [EnvironmentEntry(name: "A", value: "its own")]
            spec.limits.rlimits = [Rlimit(.nofile, soft: 77, hard: 77)]
            spec.limits.pids = 21
            var sandbox = Sandbox()
            sandbox.onlookers = Onlookers(standardOutput: nil, standardError: nil)
            let other = sandbox.run(spec)
            sandbox.turn = .come()
            let before = try HostTraces(slot: -1)
            let run = sandbox.run(spec)
            #expect(run.result.outcome == .failed && run.exitCode == 7)
            #expect(run.result.outcome == other.result.outcome && run.result.reason == other.result.reason)
            #expect(run.stdout.head == other.stdout.head && run.stderr.head == other.stderr.head)
            #expect(String(decoding: run.stdout.head, as: UTF8.self) == "0\nits own\n77\n")
            #expect(run.result.limits == other.result.limits)
            #expect(run.result.resources.pidsPeak == other.result.resources.pidsPeak)
            #expect(try HostTraces(slot: -1) == before)
        }
    }

    @Test(.enabled(if: geteuid() == 0, "only root's containers are made before their turn"))
    func `starts as soon as that has come, and says what was left to do`() async {
        await #expect(processExitsWith: .success) {
            var sandbox = Sandbox()
            sandbox.onlookers = Onlookers(standardOutput: nil, standardError: nil)
            sandbox.turn = .come()
            let run = sandbox.run(JobSpec(command: ["true"]))
            #expect(run.result.outcome == .passed)
            #expect(run.result.startup?.phases.map(\.name) == ["check", "handover", "exec"])
        }
    }

    @Test func `has its limits in force when its job begins`() async {
        await #expect(processExitsWith: .success) {
            var spec = JobSpec(command: ["sh", "-c", "for i in 1 2 3 4 5 6 7 8; do sleep 5 & done; wait"])
            spec.limits.pids = 4
            spec.limits.timeout = .seconds(10)
            var sandbox = Sandbox()
            sandbox.onlookers = Onlookers(standardOutput: nil, standardError: nil)
            sandbox.turn = .come()
            let run = sandbox.run(spec)
            #expect(run.result.limitsHit.contains(.pids))
        }
    }

    @Test func `goes away where that does not come, and nobody has heard of its job`() async {
        await #expect(processExitsWith: .success) {
            for services in [[], [ServiceSpec(name: "s", job: JobSpec(command: ["true"]), ready: nil)]] {
                var spec = JobSpec(command: ["true"])
                spec.services = services
                var sandbox = Sandbox()
                sandbox.onlookers = Onlookers(standardOutput: nil, standardError: nil)
                _ = sandbox.run(JobSpec(command: ["true"]))
                let before = try HostTraces(slot: -1)
                let turn = Turn()
                turn.fail()
                sandbox.turn = turn
                var heard = 0
                let run = sandbox.run(spec) { _ in heard += 1 }
                #expect(run.wasSentBack && heard == 0)
                #expect(try HostTraces(slot: -1) == before)
            }
        }
    }

    @Test func `is made in its turn where it cannot be made before`() async {
        await #expect(processExitsWith: .success) {
            let directory = try PrivateDirectory(in: "/var/tmp", prefix: "isorun-later-")
            defer { _ = try? Program.run(["/bin/rm", "-r", directory.path.string]) }
            let source = directory.path.appending("later")
            var spec = JobSpec(command: ["ls", "/v"])
            spec.filesystem.volumes = [VolumeSpec(source: source, destination: "/v", writable: false)]
            let (turn, path) = (Turn(), source.string)
            var sandbox = Sandbox()
            sandbox.onlookers = Onlookers(standardOutput: nil, standardError: nil)
            sandbox.turn = turn
            // What runs before it makes what it needs.
            let other = try WorkerThread {
                _ = unsafe mkdir(path, 0o755)
                turn.come()
            }
            let run = sandbox.run(spec)
            other.join()
            #expect(run.result.outcome == .passed)
        }
    }

    @Test(.enabled(if: geteuid() == 0, "only root's containers are made before their turn"))
    func `is not used where what it shows was replaced meanwhile`() async {
        await #expect(processExitsWith: .success) {
            let directory = try PrivateDirectory(in: "/var/tmp", prefix: "isorun-shown-")
            defer { _ = try? Program.run(["/bin/rm", "-r", directory.path.string]) }
            let shown = directory.path.appending("shown").string
            #expect(unsafe mkdir(shown, 0o755) == 0)
            var spec = JobSpec(command: ["true"])
            spec.filesystem.volumes = [VolumeSpec(source: FilePath(shown), destination: "/v", writable: false)]
            _ = Sandbox().run(JobSpec(command: ["true"]))
            let before = try HostTraces(slot: -1)
            // On v2 a kit holds a directory of cgroups of its own.
            do {
                let probed = HostProbe.facts(for: spec)
                let plan = try Planner.plan(spec, on: probed.facts)
                let kit = try SandboxKit(plan, spec: spec, facts: probed.facts, layout: probed.cgroups)
                for isReplaced in [false, true] {
                    guard let ready = ReadyContainer(kit.launcher, nil) else { fatalError("no container can be made") }
                    if isReplaced {
                        #expect(unsafe rename(shown, shown + "-old") == 0 && mkdir(shown, 0o755) == 0)
                    }
                    switch ready.wait(for: .come(), plan.root, nil) {
                    case .begun(let container):
                        #expect(!isReplaced, "it is used though what it shows was replaced")
                        container.discard()
                    case .outdated: #expect(isReplaced, "it is not used though nothing was replaced")
                    case .sentBack: Issue.record("its turn had come")
                    }
                }
            }
            let after = try HostTraces(slot: -1)
            #expect(after == before, "\(after) \(before)")
        }
    }

    @Test(.enabled(if: geteuid() == 0, "only root's containers are made before their turn"))
    func `is used where nothing has changed, before Linux 6.15 as well`() async {
        await #expect(processExitsWith: .success) {
            let spec = JobSpec(command: ["true"])
            var facts = HostProbe.facts(for: spec).facts
            // What it is taken for can be no newer than it is.
            for release in [facts.kernelRelease, "6.1.0"] {
                facts.kernelRelease = release
                let plan = try Planner.plan(spec, on: facts)
                let kit = try SandboxKit(plan, spec: spec, facts: facts, layout: HostProbe.cgroups())
                let watch = try #require(SourceWatch(plan.root))
                for watch in [watch, nil] {
                    guard let ready = ReadyContainer(kit.launcher, watch) else { fatalError("none for \(release)") }
                    if case .begun(let container) = ready.wait(for: .come(), plan.root, watch) {
                        container.discard()
                    } else {
                        Issue.record("\(release): it was not used, \(watch == nil)")
                    }
                }
            }
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

    @Test(.enabled(if: geteuid() == 0, "only root's containers are made before their turn"))
    func `ends with its keeper, however that ends`() async throws {
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
            let container = try kit.launcher.launch(awaitsWord: true)
            let text = "\(container.pid)"
            try HostFile(FilePath(path)).write { file throws(SystemError) in try file.write(all: text.utf8) }
            kill(getpid(), SIGKILL)
            container.discard()
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
