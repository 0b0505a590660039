internal import Glibc
internal import IsorunModel
internal import SystemPackage

/// Limits that both versions of cgroups set the same way.
enum SharedLimits {
    /// Limits tasks: `pids.max`, with room for isorun's own init.
    static func pids(_ group: GroupDirectory, _ limits: CgroupLimits) throws(CgroupError) {
        guard let pids = limits.pids else { return }
        try group.limit("pids.max", to: pids + limits.ownTasks, for: .pids, .pids)
    }
}

/// Pins a group to CPUs.
enum CPUPinning {
    /// Writes the list and compares what is in effect: v2 takes CPUs that the outer cgroup lacks and leaves them out.
    static func pin(_ group: GroupDirectory, to cpuset: CPUSet, effective: StaticString) throws(CgroupError) {
        let result = group.write("cpuset.cpus", text: cpuset.text)
        guard result == 0 else { throw group.failure(.cpuset, .cpuset, "cpuset.cpus", result) }
        let answer = words(group.text(effective) ?? []).first.map { String(decoding: $0, as: UTF8.self) } ?? ""
        guard CPUSet(parsing: answer) != cpuset else { return }
        throw CgroupError(
            "limit cpuset",
            group.path(of: effective),
            nil,
            limit: .cpuset,
            controller: .cpuset,
            detail: "asked for CPUs \(cpuset.text), in effect are \(answer.isEmpty ? "none" : answer)",
            hint: "the outer cgroup does not have all these CPUs"
        )
    }
}

/// What to do where the kernel does not account swap.
enum SwapAccounting {
    /// Accepts a missing swap limit where the host has no swap at all, or the user said that it may be missing.
    static func accept(_ limits: CgroupLimits, missing: CgroupError) throws(CgroupError) {
        guard !limits.allowsUnlimitedSwap, hostHasSwap("/proc/swaps") else { return }
        var error = missing
        error.hint = "boot with swapaccount=1, turn swap off (swapoff -a), or pass --allow-unenforced swap"
        throw error
    }

    /// Whether the host swaps: `/proc/swaps` has more than its heading.
    static func hostHasSwap(_ file: FilePath) -> Bool {
        let descriptor = unsafe file.withPlatformString { unsafe open($0, O_RDONLY | O_CLOEXEC) }
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        let lines = (GroupDirectory.text(at: descriptor) ?? []).count { $0 == UInt8(ascii: "\n") }
        return lines > 1
    }
}

/// A block device as the io controllers name it.
struct BlockDevice {
    /// `major:minor`.
    let number: String

    /// Looks a device up.
    init(_ path: FilePath) throws(CgroupError) {
        var status = stat()
        let result = unsafe path.withPlatformString { unsafe stat($0, &status) }
        guard result == 0 else {
            throw CgroupError("limit io", path, Errno(rawValue: errno), limit: .io, controller: .io)
        }
        guard status.st_mode & S_IFMT == S_IFBLK else {
            throw CgroupError(
                "limit io",
                path,
                nil,
                limit: .io,
                controller: .io,
                detail: "this is no block device",
                hint: "name a disk, as in /dev/sda=10m"
            )
        }
        number = deviceNumber(UInt64(status.st_rdev))
    }
}

/// A device number as mountinfo and the io controllers write it, `major:minor`: `gnu_dev_major(3)`.
func deviceNumber(_ device: UInt64) -> String {
    let major = (device >> 8 & 0xfff) | (device >> 32 & 0xffff_f000)
    let minor = (device & 0xff) | (device >> 12 & 0xffff_ff00)
    return "\(major):\(minor)"
}
