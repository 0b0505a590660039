internal import IsorunModel

/// The limits that every runtime is given where it can keep them.
struct CommonLimits {
    /// Bytes.
    let memory = 512 << 20
    /// Tasks.
    let pids = 128
    /// CPUs, all there are: the bandwidth controller is at work and holds nothing back.
    let cpus: Int

    var text: String { "512 MiB, \(pids) tasks, \(cpus) CPUs" }
}

/// Every runtime that the bench knows, found on this host or with the reason that it is not.
struct Runtimes {
    let host: HostView
    let scratch: Scratch
    let isorun: String
    let runner: Runner
    let limits: CommonLimits
    let cgroups = OwnCgroups()

    /// The stand-in on the host, and below the directory that is root for those who need one.
    var standIn: String { scratch.path("rootfs/bin/standin") }
    var root: String { scratch.path("rootfs") }

    init(host: HostView, scratch: Scratch, isorun: String, runner: Runner) throws(BenchError) {
        self.host = host
        self.scratch = scratch
        self.isorun = isorun
        self.runner = runner
        limits = CommonLimits(cpus: host.cpus)
        // systemd-nspawn takes a directory for a system by its /usr and its os-release.
        for name in ["bin", "dev", "etc", "proc", "run", "sys", "tmp", "usr", "var"] {
            try scratch.makeDirectory("rootfs/" + name)
        }
        try scratch.write("rootfs/bin/standin", StandIn.program, mode: 0o755)
        try scratch.write("rootfs/etc/os-release", Array("ID=isorun-bench\n".utf8))
    }

    /// All of them, in the order of the tables; `wanted` leaves others out without a look at them.
    func all(wanted: (String) -> Bool) -> [Finding] {
        let known: [(String, () -> Finding)] = [
            ("isorun", isorunCold), ("isorun-warm", isorunWarm), ("fork", bare), ("bwrap", bubblewrap),
            ("nsjail", nsjail), ("crun", { oci("crun") }), ("runc", { oci("runc") }), ("firejail", firejail),
            ("nspawn", nspawn), ("podman", podman), ("docker", docker),
        ]
        return known.filter { wanted($0.0) }.map { $0.1() }
    }

    /// The ids that `all` knows.
    static let ids = [
        "isorun", "isorun-warm", "fork", "bwrap", "nsjail", "crun", "runc", "firejail", "nspawn", "podman", "docker",
    ]

    private func isorunCold() -> Finding {
        var command = [isorun, "-q", "-m", "\(limits.memory)", "--pids-limit", "\(limits.pids)"]
        command += ["--cpus", "\(limits.cpus)", "-v", "\(standIn):/standin:ro", "--", "/standin"]
        return .found(
            Subject(
                id: "isorun",
                name: "isorun",
                command: command,
                idleCommand: command + [StandIn.Mode.wait.rawValue],
                limits: limits.text,
                note: "a new process and a new container each time; the host's root copy-on-write, default filter"
            )
        )
    }

    private func bare() -> Finding {
        .found(
            Subject(
                id: "fork",
                name: "fork and exec",
                command: [standIn],
                idleCommand: [standIn, StandIn.Mode.wait.rawValue],
                limits: "none",
                note: "no container: what a process costs on this machine"
            )
        )
    }

    private func bubblewrap() -> Finding {
        guard let program = host.find("bwrap") else {
            return .missing("bwrap", "bubblewrap", "bwrap is not in PATH", help: "apt-get install bubblewrap")
        }
        let command = [
            program, "--unshare-all", "--die-with-parent", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc",
            "--", standIn,
        ]
        return .found(
            Subject(
                id: "bwrap",
                name: "bubblewrap",
                command: command,
                idleCommand: command + [StandIn.Mode.wait.rawValue],
                limits: "none: it has no limits",
                note: "the host's root read-only, no filter"
            )
        )
    }

    private func nsjail() -> Finding {
        guard let program = host.find("nsjail") else {
            return .missing(
                "nsjail",
                "nsjail",
                "nsjail is not in PATH",
                help:
                    "build it from github.com/google/nsjail where the distribution has no package (Debian 12 has none)"
            )
        }
        // It makes its cgroups below a parent that has to be there. Less than `-q` would hide why it fails.
        var command = [program, "-Mo", "-q", "--chroot", root]
        if host.isRoot {
            let controllers = ["memory", "pids", "cpu"]
            if let problem = cgroups.make(controllers) { return .missing("nsjail", "nsjail", problem) }
            if host.isUnified {
                command += ["--use_cgroupv2", "--cgroupv2_mount", "/sys/fs/cgroup/\(cgroups.name)"]
            } else {
                command += ["mem", "pids", "cpu"].flatMap { ["--cgroup_\($0)_parent", cgroups.name] }
            }
            command += ["--cgroup_mem_max", "\(limits.memory)", "--cgroup_pids_max", "\(limits.pids)"]
            command += ["--cgroup_cpu_ms_per_sec", "\(limits.cpus * 1000)"]
        }
        command += ["--", "/bin/standin"]
        return .found(
            Subject(
                id: "nsjail",
                name: "nsjail",
                command: command,
                idleCommand: command + [StandIn.Mode.wait.rawValue],
                limits: host.isRoot ? limits.text : "none: it sets limits by cgroups, as root"
            )
        )
    }

    private func firejail() -> Finding {
        guard let program = host.find("firejail") else {
            return .missing("firejail", "firejail", "firejail is not in PATH", help: "apt-get install firejail")
        }
        let command = [
            program, "--quiet", "--noprofile", "--keep-var-tmp", "--net=none", "--rlimit-as=\(limits.memory)",
            "--rlimit-nproc=\(limits.pids)", "--", standIn,
        ]
        return .found(
            Subject(
                id: "firejail",
                name: "firejail",
                command: command,
                idleCommand: command + [StandIn.Mode.wait.rawValue],
                limits: "rlimits of address space and processes only: it has no cgroups",
                note: "no profile, so no filter"
            )
        )
    }

    private func nspawn() -> Finding {
        let name = "systemd-nspawn"
        guard let program = host.find(name) else {
            return .missing("nspawn", name, "\(name) is not in PATH", help: "apt-get install systemd-container")
        }
        guard host.isRoot else {
            return .missing("nspawn", name, "it needs root", help: "run the bench as root")
        }
        let command = [
            program, "-q", "--register=no", "--keep-unit", "--private-network", "--read-only",
            "--machine=isorun-bench-{run}", "-D",
            root, "/bin/standin",
        ]
        return .found(
            Subject(
                id: "nspawn",
                name: name,
                command: command,
                idleCommand: command + [StandIn.Mode.wait.rawValue],
                limits: "none: it sets limits through a running systemd only"
            )
        )
    }
}
