import CIsorunSystem
import Glibc
import IsorunModel
import IsorunSystem
import IsorunTestSupport
import SystemPackage
import Testing

@testable import IsorunSandbox

/// Each in a process and a mount namespace of its own, in which all mounts are shared as systemd makes a host's.
@Suite(
    .enabled(if: LiveHost.canMakeContainers, "no container can be made here: isorun doctor says why"),
    .enabled(if: geteuid() == 0, "mounts that are shared need root")
)
struct `On a host whose mounts are shared` {
    /// Two directories, and what is mounted before and after.
    private static func leavesNoMount(_ body: (_ first: FilePath, _ second: FilePath) throws -> Void) throws {
        try #require(isorun_private_mount_namespace() >= 0)
        let shared = unsafe mount("none", "/", nil, UInt(MS_REC | MS_SHARED), nil)
        try #require(shared == 0)
        let directory = try PrivateDirectory(in: "/var/tmp", prefix: "isorun-shared-")
        let (first, second) = (directory.path.appending("first"), directory.path.appending("second"))
        for path in [first, second] {
            try directory.held.makeDirectory(path.lastComponent?.string ?? "", mode: 0o755, uid: 0, gid: 0)
        }
        defer { _ = try? Program.run(["/bin/rm", "-r", "--one-file-system", directory.path.string]) }
        let before = try SmallFile.read("/proc/thread-self/mountinfo")
        try body(first, second)
        #expect(try SmallFile.read("/proc/thread-self/mountinfo") == before)
    }

    @Test func `nothing gets there that is put on a copy of a mount`() async {
        await #expect(processExitsWith: .success) {
            try Self.leavesNoMount { first, second in
                let copy = try DetachedMount(cloning: first)
                let other = try DetachedMount(cloning: second)
                do throws(SystemError) {
                    try other.attach(over: copy)
                } catch {
                    // Before Linux 6.15 nothing can be put there at all.
                    #expect(error.errno == .invalidArgument)
                }
            }
        }
    }

    @Test func `nothing gets there that a container has on a volume`() async {
        await #expect(processExitsWith: .success) {
            try Self.leavesNoMount { first, second in
                #expect(unsafe mkdir(first.appending("below").string, 0o755) == 0)
                var job = JobSpec(command: ["/bin/true"])
                job.filesystem.volumes = [
                    VolumeSpec(source: first, destination: "/a", writable: true),
                    VolumeSpec(source: second, destination: "/a/below", writable: true),
                ]
                var sandbox = Sandbox()
                sandbox.onlookers = Onlookers(standardOutput: nil, standardError: nil)
                let run = sandbox.run(job)
                #expect(run.result.outcome == .passed, "\(run.result.reason)")
            }
        }
    }
}
