import Glibc
import IsorunModel
import IsorunSystem
import SystemPackage
import Testing

@testable import IsorunCgroups

/// The hierarchies of this machine.
enum LiveHost {
    /// How they are mounted, seen from this process.
    static let layout = CgroupLayout(mounts: mounts, selfCgroup: fileText("/proc/self/cgroup") ?? [])

    /// The host fact that keeps live tests from running; nil where they run.
    static let missing: Comment? = {
        let absent = [CgroupFacts.Controller.memory, .pids, .cpu].filter { layout.facts.parents[$0] == nil }
        return absent.isEmpty ? nil : "needs the cgroup controllers \(absent.map(\.rawValue))"
    }()

    /// Whether the machine can also play a pure v1 host.
    static let playsV1 = layout.facts.mode == .hybrid || layout.facts.mode == .v1

    /// A disk that this process can read; nil where there is none, or its cgroup keeps devices from it.
    static let disk = (["/dev/vda", "/dev/sda", "/dev/nvme0n1", "/dev/xvda"] as [FilePath]).first { device in
        let descriptor = unsafe open(device.string, O_RDONLY | O_CLOEXEC)
        if descriptor >= 0 { close(descriptor) }
        return descriptor >= 0
    }

    static var mounts: [HostMount] {
        let text = String(decoding: fileText("/proc/self/mountinfo") ?? [], as: UTF8.self)
        return text.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            guard let dash = words.firstIndex(of: "-"), words.count > dash + 3 else { return nil }
            return HostMount(
                mountPoint: FilePath(String(words[4])),
                root: FilePath(String(words[3])),
                type: String(words[dash + 1]),
                device: String(words[2]),
                superOptions: String(words[dash + 3])
            )
        }
    }
}

extension Trait where Self == ConditionTrait {
    /// Runs only where jobs can have a cgroup here.
    static var needsCgroups: Self { .enabled(if: LiveHost.missing == nil, LiveHost.missing) }
}

/// Which kind of host the area shows.
enum Flavour: CustomTestStringConvertible, Sendable, CaseIterable {
    /// This machine as it is.
    case native
    /// This machine without its unified hierarchy.
    case v1

    var testDescription: String { self == .native ? "\(LiveHost.layout.facts.mode.rawValue)" : "v1 alone" }

    /// What this machine can show.
    static var here: [Self] { LiveHost.playsV1 ? allCases : [.native] }
}

/// A directory of the test's own in every hierarchy, shown as the whole hierarchy.
final class LiveArea {
    let name: String
    let tree: CgroupTree
    private let made: [FilePath]

    /// Makes the directories, or takes those of another area or process; `inner` is the own cgroup below them.
    init(_ flavour: Flavour = .native, existing: String? = nil, inner: String = "") throws {
        name = existing ?? "isotest-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
        // Has the parent hand its controllers down where that is v2.
        let host = try CgroupTree(LiveHost.layout)
        for (parent, hierarchy) in zip(LiveHost.layout.parents, host.hierarchies) where parent.version == .v2 {
            try? CgroupTree.enable(parent.possible.intersection([.cpuset]), in: hierarchy.parent)
        }
        var mounts: [HostMount] = []
        var lines = ""
        var made: [FilePath] = []
        var parents = LiveHost.layout.parents.filter { flavour == .native || $0.version == .v1 }
        if flavour == .v1, !parents.contains(where: { $0.freezes }) { parents += Self.freezer }
        for parent in parents {
            let area = parent.directory.appending(name)
            if unsafe mkdir(area.string, 0o755) == 0 {
                made.append(area)
                if parent.controllers.contains(.cpuset), parent.version == .v1 {
                    Self.copyCPUs(parent.directory, area)
                }
            }
            if !inner.isEmpty {
                if parent.version == .v2, let directory = openDirectory(area) {
                    try CgroupTree.enable(parent.controllers.intersection([.memory, .pids, .cpu]), in: directory.raw)
                }
                if unsafe mkdir(area.appending(inner).string, 0o755) == 0 { made.append(area.appending(inner)) }
            }
            let names = parent.controllers.map(\.legacyName) + (parent.freezes ? ["freezer"] : [])
            lines += parent.version == .v2 ? "0::/\(inner)\n" : "1:\(names.joined(separator: ",")):/\(inner)\n"
            mounts.append(
                HostMount(
                    mountPoint: area,
                    root: "/",
                    type: parent.version == .v2 ? "cgroup2" : "cgroup",
                    device: parent.device,
                    superOptions: names.joined(separator: ",")
                )
            )
        }
        self.made = made
        tree = try CgroupTree(CgroupLayout(mounts: mounts, selfCgroup: Array(lines.utf8)))
    }

    /// Removes what this area made; to be called when its jobs are gone.
    func close() {
        Sweeper.sweep(tree)
        for directory in made.reversed() { _ = unsafe rmdir(directory.string) }
    }

    /// The groups of isorun's that are left anywhere below.
    var leftovers: [Int] { tree.hierarchies.flatMap { HierarchySearch.slots(below: $0.parent) } }

    private static var freezer: [CgroupLayout.Parent] {
        LiveHost.mounts.filter { $0.type == "cgroup" && $0.superOptions.split(separator: ",").contains("freezer") }.map
        {
            CgroupLayout.Parent(
                version: .v1,
                directory: $0.mountPoint,
                device: $0.device,
                freezes: true,
                top: $0.mountPoint
            )
        }
    }

    private static func copyCPUs(_ parent: FilePath, _ child: FilePath) {
        for file in ["cpuset.mems", "cpuset.cpus"] {
            let text = fileText(parent.appending(file)) ?? []
            let descriptor = unsafe open(child.appending(file).string, O_WRONLY | O_CLOEXEC)
            _ = unsafe write(descriptor, text, text.count)
            _ = Glibc.close(descriptor)
        }
    }
}

/// Waits for a condition, at most ten seconds.
func eventually(_ condition: () -> Bool) -> Bool {
    let deadline = ContinuousClock.now + .seconds(10)
    while !condition() {
        if ContinuousClock.now > deadline { return false }
        rest(.milliseconds(1))
    }
    return true
}
