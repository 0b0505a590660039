internal import IsorunCgroups
internal import IsorunModel
internal import SystemPackage

extension Doctor {
    static func hierarchies(_ evidence: DoctorEvidence) -> Finding {
        let name = "cgroups"
        let facts = evidence.facts.cgroups
        let mode = facts.mode == .hybrid ? "v1 with the unified hierarchy beside it" : facts.mode.rawValue
        guard facts.mode != .none else {
            let what = "no cgroup hierarchy is mounted"
            return Finding(name, .missing, what, fix: "sudo mount -t cgroup2 none /sys/fs/cgroup", required: true)
        }
        switch evidence.cgroup {
        case .made:
            return Finding(name, .ok, "cgroup \(mode); one was made, bounded and removed", required: true)
        case .refused(let error):
            let what = "cgroup \(mode); \(error.description)"
            return Finding(name, .missing, what, fix: delegate(evidence), required: true)
        case .untried where facts.parents[.memory] == nil || facts.parents[.pids] == nil:
            let what = "cgroup \(mode); no cgroup with the default limits can be made"
            return Finding(name, .missing, what, fix: delegate(evidence), required: true)
        case .untried:
            let parent = facts.unifiedParent.map { " below \($0)" } ?? ""
            return Finding(name, .ok, "cgroup \(mode); jobs get theirs\(parent)", required: true)
        }
    }

    private static func delegate(_ evidence: DoctorEvidence) -> String {
        let facts = evidence.facts
        if facts.cgroups.mode == .v2 {
            return "systemd-run \(facts.caller.privileged ? "" : "--user ")--scope -p Delegate=yes isorun …"
        }
        return facts.caller.privileged ? "docker run --privileged --cgroupns=private …" : "sudo isorun …"
    }

    // Without these a job with every default is refused.
    private static let needed: CgroupFacts.Controllers = [.memory, .pids]

    static func controllers(_ evidence: DoctorEvidence) -> [Finding] {
        let facts = evidence.facts.cgroups
        return CgroupFacts.Controller.allCases.map { controller in
            let name = "\(controller.rawValue) controller"
            let required = needed.contains(controller)
            if let parent = facts.parents[controller] {
                return Finding(name, .ok, "below \(parent)", required: required)
            }
            if controller == .cpuacct, facts.mode == .v2, facts.unifiedParent != nil {
                return Finding(name, .ok, "cgroup v2 counts CPU time without it", required: false)
            }
            let options = "without it \(options(controller)) is refused"
            let cause = facts.refusals[controller] ?? "this host has no \(controller.rawValue) cgroup controller"
            return Finding(
                name,
                .missing,
                options,
                cause: cause,
                fix: facts.mode == .none ? nil : delegate(evidence),
                required: required
            )
        }
    }

    private static func options(_ controller: CgroupFacts.Controller) -> String {
        switch controller {
        case .memory: "--memory, which has a default,"
        case .pids: "--pids-limit, which has a default,"
        case .cpu: "--cpus"
        case .cpuacct: "--cpu-time"
        case .cpuset: "--cpuset-cpus"
        case .io: "--io-read-bps and --io-write-bps"
        }
    }

    static func swap(_ evidence: DoctorEvidence) -> Finding {
        let name = "swap limit"
        if evidence.accountsSwap == true {
            return Finding(
                name,
                .ok,
                "swap is accounted\(evidence.swaps ? "" : "; this host has none on")",
                required: true
            )
        }
        if !evidence.swaps { return Finding(name, .ok, "this host has no swap on, so none is used", required: true) }
        if evidence.accountsSwap == nil {
            // A cgroup with the default limits was made, no swap among them.
            if evidence.cgroup == .made { return Finding(name, .ok, "a cgroup without swap was made", required: true) }
            let state: Finding.State = evidence.facts.cgroups.parents[.memory] == nil ? .missing : .ok
            let what =
                state == .ok
                ? "not tried; the memory controller is there" : "not to be had without the memory controller"
            return Finding(name, state, what, required: true)
        }
        let what = "this host swaps, and its kernel does not account swap by cgroup"
        return Finding(
            name,
            .missing,
            what,
            cause: "the kernel was booted without swapaccount=1, or built without it",
            fix: "sudo swapoff -a",
            required: true
        )
    }
}
