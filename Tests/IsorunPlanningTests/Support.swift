import Foundation
import IsorunModel
import IsorunPlanning
import SystemPackage
import Testing

/// Compares a text with one that is checked in; `ISORUN_RECORD_SNAPSHOTS=1` writes it anew.
func expectSnapshot(_ text: String, _ name: String, location: SourceLocation = #_sourceLocation) throws {
    let stored = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Snapshots").appending(path: name)
    if ProcessInfo.processInfo.environment["ISORUN_RECORD_SNAPSHOTS"] != nil {
        try Data(text.utf8).write(to: stored)
    }
    let expected = try String(decoding: Data(contentsOf: stored), as: UTF8.self)
    #expect(text == expected, "ISORUN_RECORD_SNAPSHOTS=1 writes \(name) anew", sourceLocation: location)
}

/// Hosts that nobody needs to have.
enum Hosts {
    /// Root in a project below a hidden home, hybrid cgroups, 4 GiB.
    static let hybrid: HostFacts = {
        var facts = base
        facts.cgroups.mode = .hybrid
        facts.cgroups.unifiedParent = "/sys/fs/cgroup/unified"
        for controller in CgroupFacts.Controller.allCases {
            facts.cgroups.parents[controller] = FilePath("/sys/fs/cgroup/\(controller.rawValue)")
        }
        return facts
    }()

    /// The same on cgroup v2.
    static let unified: HostFacts = {
        var facts = base
        facts.cgroups.mode = .v2
        facts.cgroups.unifiedParent = "/sys/fs/cgroup"
        for controller in CgroupFacts.Controller.allCases where controller != .cpuacct {
            facts.cgroups.parents[controller] = "/sys/fs/cgroup"
        }
        return facts
    }()

    /// An unprivileged user with a range in /etc/subuid, in a delegated cgroup.
    static let subordinate: HostFacts = {
        var facts = unified
        facts.caller.uid = 1000
        facts.caller.gid = 1000
        let range = SubordinateIDs.Range(start: 100_000, count: 65536)
        facts.subordinateIDs = SubordinateIDs(uids: range, gids: range)
        return facts
    }()

    /// The same user without a range.
    static let single: HostFacts = {
        var facts = subordinate
        facts.subordinateIDs = nil
        return facts
    }()

    /// Root where no cgroup can be made.
    static let bare: HostFacts = {
        var facts = base
        facts.cgroups.refusals[.memory] = "no mounted cgroup hierarchy has the memory controller"
        return facts
    }()

    private static let base: HostFacts = {
        var facts = HostFacts()
        facts.kernelRelease = "6.8.0-31-generic"
        facts.memoryBytes = 4 << 30
        facts.cpus = [0, 1, 2, 3]
        facts.homes = ["/root", "/home/ann"]
        facts.corePattern = "core"
        facts.caller.workingDirectory = "/home/ann/project/Sources"
        facts.caller.project = "/home/ann/project"
        facts.caller.environment = [
            variable("PATH", "/usr/local/bin:/usr/bin:/bin"), variable("HOME", "/home/ann"),
            variable("LANG", "C.UTF-8"),
            variable("LC_TIME", "de_DE"), variable("TERM", "xterm"), variable("AWS_SECRET_ACCESS_KEY", "secret"),
        ]
        facts.mounts = [mount("/", "ext4"), mount("/proc", "proc"), mount("/boot", "ext4")]
        facts.listings["/"] = [
            HostEntry("bin", .link(target: "usr/bin")), HostEntry("boot", .directory), HostEntry("etc", .directory),
            HostEntry("home", .directory), HostEntry("proc", .directory),
            HostEntry("root", .directory, isPrivate: true),
            HostEntry("run", .directory), HostEntry("swapfile", .file, isPrivate: true), HostEntry("tmp", .directory),
            HostEntry("usr", .directory), HostEntry("var", .directory),
        ]
        facts.paths = ["/data": .directory, "/data/file": .file, "/run/docker.sock": .special, "/gone": .missing]
        return facts
    }()
}

func variable(_ name: ByteString, _ value: ByteString?) -> EnvironmentEntry {
    EnvironmentEntry(name: name, value: value)
}

func mount(_ point: FilePath, _ type: String) -> HostMount {
    HostMount(mountPoint: point, root: "/", type: type, device: "8:1", superOptions: "rw")
}

/// A change to what is asked.
typealias Ask = @Sendable (inout JobSpec) -> Void
/// A change to the host.
typealias Change = @Sendable (inout HostFacts) -> Void

/// The plan of `true` on a host, after changes to what is asked.
func plan(on host: HostFacts = Hosts.hybrid, _ ask: (inout JobSpec) -> Void = { _ in }) throws(PlanError) -> SandboxPlan
{
    var spec = JobSpec(command: ["true"])
    ask(&spec)
    return try Planner.plan(spec, on: host)
}

/// The same after changes to root's hybrid host too.
func plan(
    facts change: (inout HostFacts) -> Void,
    _ ask: (inout JobSpec) -> Void = { _ in }
) throws(PlanError) -> SandboxPlan {
    var host = Hosts.hybrid
    change(&host)
    return try plan(on: host, ask)
}

/// The error that planning gives.
func refusal(on host: HostFacts = Hosts.hybrid, _ ask: (inout JobSpec) -> Void = { _ in }) -> PlanError? {
    do throws(PlanError) {
        _ = try plan(on: host, ask)
        return nil
    } catch {
        return error
    }
}

/// The same after changes to root's hybrid host too.
func refusal(facts change: (inout HostFacts) -> Void, _ ask: (inout JobSpec) -> Void = { _ in }) -> PlanError? {
    var host = Hosts.hybrid
    change(&host)
    return refusal(on: host, ask)
}
