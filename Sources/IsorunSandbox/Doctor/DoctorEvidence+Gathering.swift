internal import Glibc
internal import IsorunCgroups
internal import IsorunModel
internal import IsorunSystem
internal import SystemPackage

extension DoctorEvidence {
    /// Looks at this host and tries what a job needs; nothing of it stays.
    static func gather() -> Self {
        var evidence = Self()
        do throws(SystemError) {
            try DescriptorRoom.require(most)
        } catch {
            evidence.facts.unread = error.description
            return evidence
        }
        let host = HostProbe.facts(for: JobSpec(command: ["true"]))
        let (facts, layout) = (host.facts, host.cgroups)
        evidence.facts = facts
        for name in sysctls { evidence.settings[name] = setting(name) }
        if !facts.caller.privileged {
            for helper in ["newuidmap", "newgidmap"] { evidence.helpers[helper] = kind(of: helper) }
        }
        let probes = Probes(facts: facts)
        let began = Clock.now
        evidence.container = probes.container(evidence.helpers)
        evidence.containerTime = .nanoseconds(Int64(Clock.now - began))
        evidence.proc = probes.pseudo("proc")
        evidence.sysfs = probes.pseudo("sysfs")
        evidence.overlay = probes.overlay(ownerMapping: &evidence.ownerMapping)
        evidence.swaps = ((try? SmallFile.read("/proc/swaps")) ?? []).count { $0 == UInt8(ascii: "\n") } > 1
        evidence.accountsSwap = accountsSwap(facts.cgroups)
        evidence.cgroup = trial(layout)
        var reading = HostReading()
        evidence.network = .ofHost(&reading)
        evidence.facts.unread = facts.unread ?? reading.failure?.description
        evidence.kvm = KVMProbe.ask()
        evidence.reportProgram = reportProgram()
        return evidence
    }

    /// Descriptors that the trials take at most, at a time.
    private static let most = 16

    private static let sysctls = [
        "kernel.unprivileged_userns_clone", "kernel.apparmor_restrict_unprivileged_userns",
        "kernel.seccomp.actions_avail", "user.max_user_namespaces", "user.max_pid_namespaces",
        "user.max_mnt_namespaces", "user.max_net_namespaces", "user.max_uts_namespaces", "user.max_ipc_namespaces",
        "user.max_cgroup_namespaces",
    ]

    private static func setting(_ name: String) -> String? {
        let path = FilePath("/proc/sys/" + name.split(separator: ".").joined(separator: "/"))
        guard let bytes = try? SmallFile.read(path) else { return nil }
        return String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }

    private static func kind(of helper: String) -> Helper {
        var status = stat()
        guard unsafe stat("/usr/bin/\(helper)", &status) == 0 else { return .missing }
        return status.st_mode & S_ISUID == 0 ? .plain : .setUserID
    }

    private static func isThere(_ path: FilePath) -> Bool {
        unsafe path.withPlatformString { unsafe access($0, F_OK) == 0 }
    }

    // v2 shows the file in every group but the root, v1 in the root too.
    private static func accountsSwap(_ cgroups: CgroupFacts) -> Bool? {
        guard let parent = cgroups.parents[.memory] else { return nil }
        if isThere(parent.appending("memory.memsw.limit_in_bytes")) { return true }
        if isThere(parent.appending("memory.limit_in_bytes")) { return false }
        if isThere(parent.appending("memory.swap.max")) { return true }
        return isThere(parent.appending("memory.max")) ? false : nil
    }

    /// Makes, bounds and removes a cgroup, where that changes nothing of the groups that are there.
    private static func trial(_ layout: CgroupLayout) -> CgroupTrial {
        let parents = layout.facts.parents
        guard let memory = parents[.memory], let pids = parents[.pids] else { return .untried }
        // On v2 a parent would be made to hand controllers down, and that would stay.
        for (name, parent) in [("memory", memory), ("pids", pids)] where isThere(parent.appending("cgroup.controllers"))
        {
            let enabled = (try? SmallFile.read(parent.appending("cgroup.subtree_control"))) ?? []
            let words = enabled.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\n") }
            guard words.contains(where: { $0.elementsEqual(name.utf8) }) else { return .untried }
        }
        var limits = CgroupLimits()
        limits.memory = 64 << 20
        limits.pids = 16
        do throws(CgroupError) {
            try JobCgroup.create(in: CgroupTree(layout), limits: limits).remove()
            return .made
        } catch {
            return .refused(error)
        }
    }

    /// Beside isorun itself, as in a build folder, or where `Harness/install` puts it.
    private static func reportProgram() -> FilePath? {
        guard let own = unsafe realpath("/proc/self/exe", nil) else { return nil }
        defer { unsafe free(own) }
        let directory = unsafe FilePath(platformString: own).removingLastComponent()
        let places = [directory, directory.removingLastComponent().appending("libexec").appending("isorun")]
        return places.map { $0.appending("isorun-report") }.first { path in
            unsafe path.withPlatformString { unsafe access($0, X_OK) == 0 }
        }
    }
}
