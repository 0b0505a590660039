import CIsorunChild
import IsorunModel
import IsorunPlanning
import SystemPackage
import Testing

@testable import IsorunSandbox

/// A process of its own, for a keeper moves to a mount namespace of its own.
@Suite(
    .enabled(if: LiveHost.canMakeContainers, "no container can be made here: isorun doctor says why")
)
struct `A step that fails` {
    @Test func `is named, whichever of the child's it is, and nothing is left over`() async {
        await #expect(processExitsWith: .success) {
            let complaints = try Injection.complaints { _ in }
            for complaint in complaints { Issue.record("\(complaint)") }
        }
    }

    @Test func `is named with scratch directories, volumes, a read-only root and no init, too`() async {
        await #expect(processExitsWith: .success) {
            let complaints = try Injection.complaints { spec in
                spec.filesystem.readOnly = true
                spec.filesystem.tmpfs = [TmpfsSpec(destination: "/scratch", size: nil)]
                spec.filesystem.volumes = [VolumeSpec(source: "/etc", destination: "/volume", writable: false)]
                spec.process.initProcess = false
                spec.network = .host
            }
            for complaint in complaints { Issue.record("\(complaint)") }
        }
    }
}

/// Runs a job once for every op of its child's program, with that op failing.
enum Injection {
    static func complaints(_ ask: (inout JobSpec) -> Void) throws -> [String] {
        var spec = JobSpec(command: ["/bin/true"])
        // The same ops, and little to hide: each of them costs a start.
        spec.filesystem.rootfs = .directory("/")
        ask(&spec)
        var sandbox = Sandbox()
        sandbox.onlookers = Onlookers(standardOutput: nil, standardError: nil)
        // The first run makes what stays for good, such as the mount namespace and the filter's cache.
        var ops: [isorun_op] = []
        var slot = 0
        sandbox.changeProgram = {
            ops = $0.ops
            slot = $1
        }
        let healthy = sandbox.run(spec)
        guard healthy.result.outcome == .passed else { return ["without a failure: \(healthy.result.reason)"] }
        guard ops.count > 30 else { return ["the program has \(ops.count) ops only"] }
        let plan = try Sandbox.plan(spec)
        let before = try HostTraces(slot: slot)
        guard !before.children else { return ["there was a child to begin with"] }
        var complaints: [String] = []
        for (index, op) in ops.enumerated() {
            sandbox.changeProgram = {
                $0.fail(at: index, errno: .ioError)
                slot = $1
            }
            let run = sandbox.run(spec)
            let step = plan.setup[Int(op.step)].description
            let said = "\(run.exitCode) \(run.result.outcome): \(run.result.reason)"
            let isTold = run.result.outcome == .setupFailed && run.exitCode == 125 && run.error?.errno == .ioError
            if !isTold || run.error?.step != step { complaints.append("op \(index) of '\(step)': \(said)") }
            let after = try HostTraces(slot: slot)
            if after != before { complaints.append("op \(index) of '\(step)': \(before) before, \(after) after") }
        }
        sandbox.changeProgram = nil
        let last = sandbox.run(spec)
        if last.result.outcome != .passed { complaints.append("after all: \(last.result.reason)") }
        return complaints
    }
}
