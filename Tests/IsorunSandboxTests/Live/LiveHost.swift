import Glibc
import IsorunCgroups
import IsorunModel
import IsorunSystem
import SystemPackage
import Testing

@testable import IsorunSandbox

/// Whether containers can be made here.
enum LiveHost {
    /// Root's, and with all that the defaults need.
    static let canMakeContainers = geteuid() == 0 && Doctor.enforcesEveryDefault(Doctor.examine())

    /// Whether a process that was started with this as its last word is there.
    static func runs(_ word: String) -> Bool {
        let processes = (try? HeldDirectory(host: "/proc").names().filter { Int32($0) != nil }) ?? []
        return processes.contains { id in
            let line = (try? SmallFile.read(FilePath("/proc").appending(id).appending("cmdline"))) ?? []
            return line.split(separator: 0).last.map { $0.elementsEqual(word.utf8) } ?? false
        }
    }

    /// The letter of proc_pid_stat(5); nil where no such process is there.
    static func state(_ pid: Int32) -> Character? {
        guard let bytes = try? SmallFile.read(FilePath("/proc/\(pid)/stat")) else { return nil }
        guard let close = bytes.lastIndex(of: UInt8(ascii: ")")), close + 2 < bytes.count else { return nil }
        return Character(UnicodeScalar(bytes[close + 2]))
    }

    /// Whether a process is there and no zombie.
    static func lives(_ pid: Int32) -> Bool { ![nil, "Z"].contains(state(pid)) }
}

/// What a container could leave behind in this process and on the host.
struct HostTraces: Equatable, CustomStringConvertible {
    /// What each leads to.
    var descriptors: [String]
    var mounts: [String]
    var leftGroups: [String]
    var children: Bool

    /// What there is after a container that had this slot.
    init(slot: Int) throws {
        let table = try HeldDirectory(host: "/proc/self/fd")
        descriptors = try table.names().map { table.linkTarget(ByteString($0)) ?? "nothing" }.sorted()
        // Without the mounts' ids, which are new in each mount namespace.
        let text = String(decoding: try SmallFile.read("/proc/thread-self/mountinfo"), as: UTF8.self)
        mounts = text.split(separator: "\n").map { $0.split(separator: " ").dropFirst(2).joined(separator: " ") }
        // Other isoruns run at the same time, and other tests kill keepers of theirs.
        leftGroups = Sweeper.sweep(try CgroupTree(HostProbe.cgroups())).filter { $0 == "isorun-\(slot)" }
        var status: Int32 = 0
        children = unsafe waitpid(-1, &status, WNOHANG) != -1
    }

    var description: String {
        "\(descriptors) descriptors, \(mounts), cgroups left over \(leftGroups), children \(children)"
    }
}
