import IsorunCgroups
import IsorunModel
import IsorunReporting
import IsorunSandbox
import SystemPackage
import Testing

/// A change to what was seen of the host.
typealias Sight = @Sendable (inout DoctorEvidence) -> Void

/// Hosts that nobody needs to have.
enum Patients {
    static let healthy: DoctorEvidence = {
        var evidence = DoctorEvidence()
        evidence.facts.kernelRelease = "6.8.0-31-generic"
        evidence.facts.corePattern = "core"
        evidence.facts.mounts = [HostMount(mountPoint: "/", root: "/", type: "ext4", device: "8:1", superOptions: "rw")]
        evidence.facts.cgroups.mode = .v2
        evidence.facts.cgroups.unifiedParent = "/sys/fs/cgroup"
        for controller in CgroupFacts.Controller.allCases where controller != .cpuacct {
            evidence.facts.cgroups.parents[controller] = "/sys/fs/cgroup"
        }
        evidence.settings = ["user.max_user_namespaces": "15000"]
        evidence.settings["kernel.seccomp.actions_avail"] =
            "kill_process kill_thread trap errno user_notif trace log allow"
        evidence.containerTime = .microseconds(2100)
        evidence.ownerMapping = .reached
        evidence.cgroup = .made
        evidence.accountsSwap = true
        evidence.kvm = .works(12)
        evidence.reportProgram = "/usr/libexec/isorun/isorun-report"
        return evidence
    }()

    /// An unprivileged user of Ubuntu 24.04 outside of a delegated cgroup.
    static let ubuntu: DoctorEvidence = {
        var evidence = healthy
        evidence.facts.caller.uid = 1000
        evidence.settings["kernel.apparmor_restrict_unprivileged_userns"] = "1"
        for probe: WritableKeyPath<DoctorEvidence, ProbeEnd> in [\.container, \.proc, \.sysfs, \.overlay] {
            evidence[keyPath: probe] = .notMapped(
                .notPermitted,
                "cannot write (/proc/7/uid_map): Operation not permitted"
            )
        }
        evidence.ownerMapping = nil
        evidence.facts.cgroups.parents = [:]
        evidence.facts.cgroups.unifiedParent = nil
        evidence.facts.cgroups.refusals[.memory] = "no cgroup above /user.slice that this user owns has memory"
        evidence.cgroup = .untried
        evidence.accountsSwap = nil
        evidence.facts.corePattern = "|/usr/share/apport/apport -p%p"
        evidence.kvm = .closed(.permissionDenied)
        evidence.reportProgram = nil
        return evidence
    }()

    /// Root in docker's default container.
    static let container: DoctorEvidence = {
        var evidence = healthy
        evidence.proc = .failed(.subject, .notPermitted)
        evidence.sysfs = .failed(.subject, .notPermitted)
        for point in ["/proc/kcore", "/proc/sys", "/sys/firmware"] as [FilePath] {
            evidence.facts.mounts.append(
                HostMount(mountPoint: point, root: "/", type: "tmpfs", device: "0:9", superOptions: "ro")
            )
        }
        evidence.facts.mounts[0].type = "overlay"
        evidence.ownerMapping = .failed(.subject, .invalidArgument)
        evidence.overlay = .failed(.subject, .invalidArgument)
        evidence.kvm = .absent
        return evidence
    }()
}

@Suite struct `The doctor` {
    private func finding(_ name: String, _ see: Sight) throws -> Finding {
        var evidence = Patients.healthy
        see(&evidence)
        return try #require(Doctor.findings(evidence).first { $0.name == name })
    }

    @Test func `finds nothing on a healthy host`() {
        let findings = Doctor.findings(Patients.healthy)
        #expect(findings.allSatisfy { $0.state == .ok })
        #expect(Doctor.enforcesEveryDefault(findings))
    }

    private static let refusals: [(String, Sight, String, String)] = [
        (
            "namespaces",
            {
                $0.container = .notCloned(.noSpace); $0.settings["user.max_user_namespaces"] = "0"
            },
            "user.max_user_namespaces is 0", "sudo sysctl user.max_user_namespaces=15000"
        ),
        (
            "namespaces",
            {
                $0.facts.caller.uid = 1000
                $0.container = .notCloned(.notPermitted)
                $0.settings["kernel.unprivileged_userns_clone"] = "0"
            },
            "kernel.unprivileged_userns_clone is 0", "sudo sysctl kernel.unprivileged_userns_clone=1"
        ),
        (
            "namespaces",
            {
                $0.facts.caller.uid = 1000
                $0.container = .failed(.loopback, .notPermitted)
                $0.settings["kernel.apparmor_restrict_unprivileged_userns"] = "1"
            },
            "AppArmor", "sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0"
        ),
        // Root is not restricted by either sysctl: something else is the cause.
        (
            "namespaces",
            {
                $0.container = .notCloned(.notPermitted)
                $0.settings["kernel.unprivileged_userns_clone"] = "0"
            },
            "chroot", "docker run --privileged"
        ),
        ("namespaces", { $0.container = .notCloned(.noFunction) }, "clone3", "seccomp=unconfined"),
        ("proc", { $0.proc = .failed(.subject, .notPermitted) }, "not fully visible", "systempaths=unconfined"),
        ("writable layer", { $0.overlay = .failed(.subject, Errno(rawValue: 19)) }, "no overlay", "modprobe overlay"),
        ("memory controller", { $0.facts.cgroups.parents[.memory] = nil }, "no memory cgroup", "systemd-run --scope"),
        (
            "swap limit",
            {
                $0.swaps = true; $0.accountsSwap = false
            }, "swapaccount=1", "swapoff"
        ),
    ]

    @Test(arguments: refusals)
    func `names the cause and the fix of what blocks a job`(name: String, see: Sight, cause: String, fix: String) throws
    {
        let finding = try finding(name, see)
        #expect(finding.state == .missing && finding.blocks)
        #expect(finding.cause?.contains(cause) == true, "\(finding)")
        #expect(finding.fix?.contains(fix) == true, "\(finding)")
    }

    @Test func `says nothing else of a host that could not be read`() {
        var evidence = Patients.container
        evidence.facts.unread = "cannot open (/proc/self/mountinfo): Too many open files (EMFILE)"
        let findings = Doctor.findings(evidence)
        #expect(findings.map(\.name) == ["this host"] && !Doctor.enforcesEveryDefault(findings))
        #expect(findings[0].cause == evidence.facts.unread)
    }

    private static let harmless: [(String, Sight)] = [
        ("KVM", { $0.kvm = .hangs }),
        ("core files", { $0.facts.corePattern = "|/usr/share/apport/apport %p" }),
        ("isorun-report", { $0.reportProgram = nil }),
        ("io controller", { $0.facts.cgroups.parents[.io] = nil }),
        ("owner mapping", { $0.ownerMapping = .failed(.subject, .invalidArgument) }),
        ("private network", { $0.network.pasta = nil }),
        ("private network", { $0.network.hasTunnel = false }),
        (
            "private network",
            {
                $0.network.mayOpenTunnel = false; $0.facts.caller.uid = 1000
            }
        ),
        (
            "private network",
            {
                $0.network.pasta = nil; $0.network.slirp4netns = "/usr/bin/slirp4netns"
            }
        ),
        ("private network", { $0.network.hasDefaultRoute4 = false }),
        ("container ids", { $0.facts.caller.uid = 1000 }),  // no range: one id, and every limit holds
    ]

    @Test(arguments: harmless)
    func `tells what is missing without blocking a job that has defaults only`(name: String, see: Sight) throws {
        let finding = try finding(name, see)
        #expect(finding.state != .ok && !finding.blocks)
    }

    private static let blocking: [Sight] = [
        { $0.container = .failed(.seccomp, .invalidArgument) }, { $0.overlay = .silent }, { $0.container = .silent },
        { $0.facts.kernelRelease = "5.15.0" },
        {
            $0.facts.cgroups = CgroupFacts(); $0.cgroup = .untried
        },
        { $0.cgroup = .refused(CgroupError("make a cgroup", "/sys/fs/cgroup/x", .permissionDenied)) },
        { $0.facts.cgroups.parents[.pids] = nil },
    ]

    @Test(arguments: blocking.indices) func `does not pass a host that lacks a default limit`(index: Int) {
        var evidence = Patients.healthy
        Self.blocking[index](&evidence)
        #expect(!Doctor.enforcesEveryDefault(Doctor.findings(evidence)))
    }

    @Test func `asks for newuidmap where there is a range`() throws {
        let finding = try finding("container ids") {
            $0.facts.caller.uid = 1000
            let range = SubordinateIDs.Range(start: 100_000, count: 65536)
            $0.facts.subordinateIDs = SubordinateIDs(uids: range, gids: range)
            $0.helpers = ["newuidmap": .missing, "newgidmap": .setUserID]
        }
        // A job runs all the same, with its user's own id alone.
        #expect(finding.state == .limited && !finding.blocks)
        #expect(finding.fix == "sudo apt-get install uidmap")
    }

    @Test func `says what an unprivileged writable layer lacks before Linux 6.6`() throws {
        let see: Sight = {
            $0.facts.caller.uid = 1000; $0.facts.kernelRelease = "6.1.0-18-amd64"
        }
        #expect(try finding("writable layer", see).state == .limited)
        #expect(try finding("writable layer") { $0.facts.caller.uid = 1000 }.state == .ok)
        #expect(try finding("writable layer") { $0.facts.kernelRelease = "6.1.0-18-amd64" }.state == .ok)
    }

    @Test func `does not blame namespaces for a filter`() throws {
        let see: Sight = { $0.container = .failed(.seccomp, .resourceBusy) }
        #expect(try finding("namespaces", see).state == .ok)
        #expect(try finding("seccomp", see).cause?.contains("listener already") == true)
    }

    @Test(arguments: [("healthy", Patients.healthy), ("ubuntu", Patients.ubuntu), ("container", Patients.container)])
    func `writes what it wrote before`(name: String, evidence: DoctorEvidence) throws {
        let findings = Doctor.findings(evidence)
        try expectSnapshot(DoctorText.render(findings, color: false), "\(name).txt")
        try expectSnapshot(DoctorDocument.page(findings), "\(name).json")
    }

    @Test func `colours only the marks and the verdict, and escapes the rest`() {
        let hostile = Finding("x", .missing, "\u{1B}[2J", cause: "\u{7}", fix: "a\nb", required: true)
        let plain = DoctorText.render([hostile], color: false)
        #expect(!plain.unicodeScalars.contains { $0 != "\n" && $0.value < 0x20 })
        #expect(DoctorText.render([hostile], color: true).hasPrefix("\u{1B}[1;31m✗ x\u{1B}[0m"))
    }
}
