import IsorunCgroups
import IsorunModel
import SystemPackage
import Testing

@testable import IsorunPlanning
@testable import IsorunSandbox

@Suite struct `An error of a sandbox` {
    private static let asked: CgroupPlan = {
        var plan = CgroupPlan(io: [], oom: .group)
        plan.memory = 512 << 20
        plan.memorySwap = 600 << 20
        plan.cpus = 1.5
        plan.pids = 64
        plan.io = [IOLimit(device: "/dev/sda", direction: .write, bytesPerSecond: ByteCount(1 << 20))]
        return plan
    }()

    // The limit, its value, the file, the kernel's answer.
    @Test(arguments: [
        (Limit.memory, "memory limit of 512.0 MiB: cannot set it: /g/f: Permission denied (EACCES)"),
        (.swap, "swap limit of 600.0 MiB with the memory: cannot set it: /g/f: Permission denied (EACCES)"),
        (.cpu, "cpu limit of 1.5 CPUs: cannot set it: /g/f: Permission denied (EACCES)"),
        (.pids, "pids limit of 64 tasks: cannot set it: /g/f: Permission denied (EACCES)"),
        (.io, "io limit of 1.0 MiB/s on /dev/sda: cannot set it: /g/f: Permission denied (EACCES)"),
        (.cpuset, "cpuset limit: cannot set it: /g/f: Permission denied (EACCES)"),
    ])
    func `names the limit it is about, with its value`(limit: Limit, text: String) {
        let error = CgroupError("limit \(limit.rawValue)", "/g/f", .permissionDenied, limit: limit)
        #expect(LimitFailure.error(error, asked: Self.asked).description == text)
    }

    @Test func `keeps what the kernel made of a value, and the way out`() {
        let error = CgroupError(
            "limit memory",
            "/g/f",
            nil,
            limit: .memory,
            detail: "asked for 2, the kernel keeps 1",
            hint: "ask for less"
        )
        let text = "memory limit of 512.0 MiB: cannot set it: /g/f: asked for 2, the kernel keeps 1\n  ask for less"
        #expect(LimitFailure.error(error, asked: Self.asked).description == text)
    }

    @Test func `of a cgroup that is about no limit names none`() {
        let error = CgroupError("make a cgroup", "/g", .noSpace)
        #expect(
            LimitFailure.error(error, asked: Self.asked).description
                == "cannot make a cgroup: /g: No space left on device (ENOSPC)"
        )
    }

    // What goes wrong most, and a word of the way out.
    @Test(arguments: [
        ("make the directory", Errno.noSpace, "--inodes"), ("mount", .noSpace, "--inodes"),
        ("mount proc on /proc", .notPermitted, "parts of /proc are covered"),
        ("mount sysfs on /sys (ro)", .notPermitted, "--network host"),
        ("set the per-process limits nofile", .notPermitted, "fs.nr_open"),
        ("set the per-process limits nproc", .notPermitted, "only root of the host"),
        ("clone a process into new namespaces", .resourceTemporarilyUnavailable, "pids limit"),
    ])
    func `has a way out where one is known`(step: String, errno: Errno, word: String) {
        let error = SandboxError(step: step, errno: errno)
        #expect(error.hint?.contains(word) == true)
    }
}
