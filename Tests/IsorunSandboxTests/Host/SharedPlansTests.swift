import IsorunModel
import IsorunPlanning
import SystemPackage
import Testing

@testable import IsorunSandbox

private typealias Ask = @Sendable (inout JobSpec) -> Void

/// Jobs that differ from one that asks for nothing, each in one thing.
private let asks: [Ask] = [
    { $0.command = ["sh", "-c", "exit 1"] },
    { $0.command = ["/bin/sh", "other"] },
    { $0.name = "other" },
    { $0.process.environment = [EnvironmentEntry(name: "PATH", value: "/opt/bin")] },
    { $0.limits.pids = 20 },
    { $0.limits.timeout = .seconds(1) },
    { $0.limits.rlimits = [Rlimit(.nofile, soft: 64, hard: 64)] },
    { $0.filesystem.workdir = "/" },
    { $0.filesystem.masks = ["/srv"] },
    { $0.filesystem.tmpfs = [TmpfsSpec(destination: "/s", size: nil)] },
    { $0.limits.disk = ByteCount(1 << 20) },
    { $0.network = .host },
    { $0.process.hostname = "other" },
    { $0.untrusted = true },
    { $0.process.user = UserSpec(uid: 1000, gid: 1000) },
    { $0.process.capDrop = ["ALL"] },
    { $0.process.initProcess = false },
    { $0.streams.interactive = true },
]

@Suite struct `What the jobs of a run share of their plans` {
    private func spec(_ ask: Ask) -> JobSpec {
        var spec = JobSpec(command: ["true"])
        // Facts that say nothing of a host say of no limit that it can be enforced.
        spec.allowUnenforced = .all
        ask(&spec)
        return spec
    }

    @Test(arguments: asks.indices) func `is what each would have alone, whoever came before`(index: Int) throws {
        let facts = HostFacts()
        let (plain, other) = (spec { _ in }, spec(asks[index]))
        let plans = SharedPlans()
        for spec in [plain, other, other, plain] {
            #expect(try plans.plan(spec, on: facts) == Planner.plan(spec, on: facts))
        }
        var changed = facts
        changed.corePattern = "|/usr/bin/dump %p"
        #expect(try plans.plan(plain, on: changed) == Planner.plan(plain, on: changed))
        #expect(try plans.plan(plain, on: changed) != Planner.plan(plain, on: facts))
    }

    @Test func `is an error where there is nothing to run, as it is alone`() throws {
        let plans = SharedPlans()
        _ = try plans.plan(spec { _ in }, on: HostFacts())
        #expect(throws: PlanError.self) { try plans.plan(spec { $0.command = [] }, on: HostFacts()) }
        #expect(throws: PlanError.self) { try plans.plan(spec { $0.command = [""] }, on: HostFacts()) }
    }

    @Test(arguments: asks.indices) func `of the programs for their children as well`(index: Int) throws {
        let programs = SharedPrograms()
        let facts = HostFacts()
        for (number, ask) in [nil, index, index, nil].enumerated() {
            let plan = try Planner.plan(spec { spec in ask.map { asks[$0](&spec) } }, on: facts)
            let surroundings = ChildSurroundings(
                root: plan.root,
                keeperLaysRoot: true,
                anchor: "/mnt",
                cgroups: ["/a", "/b"],
                jobReadiesEarly: number < 2,
                terminalSize: 0
            )
            var shared = try programs.program(steps: plan.setup, in: surroundings)
            var own = try ChildProgram(steps: plan.setup, in: surroundings)
            let entrances = [Int32(number + 7), Int32(number + 9)]
            shared.enter(entrances)
            own.enter(entrances)
            #expect(shared.bytes == own.bytes)
            let plain = try ChildProgram(steps: plan.setup, in: surroundings)
            #expect(own.bytes != plain.bytes)
        }
    }
}

extension ChildProgram {
    /// All that the child reads of it.
    fileprivate var bytes: [[UInt8]] {
        [unsafe ops.withUnsafeBytes { unsafe Array($0) }, arena.map { UInt8(bitPattern: $0) }, [UInt8(earlyCount)]]
    }
}
