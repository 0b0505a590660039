internal import IsorunModel
internal import SystemPackage

extension Planner {
    private static let devices = ["null", "zero", "full", "random", "urandom", "tty"]
    private static let deviceLinks = [
        ("fd", "/proc/self/fd"), ("stdin", "/proc/self/fd/0"), ("stdout", "/proc/self/fd/1"),
        ("stderr", "/proc/self/fd/2"), ("ptmx", "pts/ptmx"),
    ]

    // What the kernel shows to everyone although it is the host's: docker's list, and why each is on it is the kernel's
    // lack of a namespace for it. Those that name knobs are read-only, those that name facts are empty.
    private static let readOnlyPaths = ["/proc/sys", "/proc/sysrq-trigger", "/proc/irq", "/proc/bus", "/proc/fs"]
    private static let maskedPaths = [
        "/proc/acpi", "/proc/asound", "/proc/cmdline", "/proc/config.gz", "/proc/interrupts", "/proc/iomem",
        "/proc/ioports", "/proc/kcore", "/proc/keys", "/proc/kmsg",
        "/proc/latency_stats", "/proc/sched_debug", "/proc/scsi", "/proc/timer_list", "/proc/timer_stats",
        "/proc/vmallocinfo", "/sys/firmware", "/sys/devices/virtual/powercap", "/sys/kernel/notes",
        "/sys/kernel/vmcoreinfo",
    ]
    // Places in sysfs for other file systems; in a sysfs of its own there is nothing on them.
    private static let mountedPaths = ["/sys/kernel/debug", "/sys/kernel/security", "/sys/kernel/tracing"]

    /// Whether the job may not bind low ports by its rights; what carries a private network opens them to everybody.
    private static func lacksLowPorts(_ process: ProcessPlan) -> Bool {
        process.user.uid != 0 || !process.capDrop.isEmpty
    }

    /// The steps inside the container, in order; an error of the child names one of them.
    static func setupSteps(
        _ spec: JobSpec,
        on facts: HostFacts,
        root: RootPlan,
        process: ProcessPlan
    ) -> [SetupStep] {
        // A private network is made by the clone: what carries it has to find it.
        let own = [Namespace.network, .uts, .ipc].filter { $0 != .network || spec.network == .none }
        var steps: [SetupStep] = [.namespaces(own), .joinCgroups, .cgroupNamespace, .sessionKeyring, .privateMounts]
        if let peer = spec.networkPeer { steps.insert(.joinNetwork(peer), at: 0) }
        if spec.network == .none || spec.network == .private { steps.append(.loopback) }
        if spec.network == .none, lacksLowPorts(process) { steps.append(.lowPorts) }
        steps.append(.hostname(spec.process.hostname))
        if facts.oomScoreAdjustment < 0 { steps.append(.oomScore) }
        steps.append(.place("/"))
        steps += root.mountPoints.map { .place($0) }
        steps.append(.pseudo(type: "proc", path: "/proc", options: []))
        // A sysfs of its own needs a network namespace of its own.
        let showsHostSystem = spec.network == .host || spec.network == .container
        steps.append(
            showsHostSystem
                ? .hostTree("/sys") : .pseudo(type: "sysfs", path: "/sys", options: ["ro"])
        )
        steps.append(.pseudo(type: "tmpfs", path: "/dev", options: ["mode=755", "size=\(root.diskBytes)"]))
        steps += [.deviceDirectory(name: "pts", mode: 0o755), .deviceDirectory(name: "shm", mode: 0o1777)]
        let terminals = ["newinstance", "ptmxmode=666", "mode=620"]
        // With one id mapped there is no group tty.
        let group = identity(facts) == .single ? [] : ["gid=5"]
        steps.append(.pseudo(type: "devpts", path: "/dev/pts", options: terminals + group))
        steps += devices.map { .device($0) }
        steps += deviceLinks.map { .deviceLink(name: $0.0, target: $0.1) }
        steps += readOnlyPaths.map { .readOnly(FilePath($0)) }
        steps += (maskedPaths + (showsHostSystem ? mountedPaths : [])).map { .mask(FilePath($0)) }
        // The host's sysfs shows the host's network, which is not this container's.
        if spec.network == .container { steps += ["/sys/class/net", "/sys/devices/virtual/net"].map { .mask($0) } }
        steps.append(.pivot)
        if !root.writable { steps.append(.sealRoot) }
        if spec.network == .private { steps.append(.network) }
        if process.terminal { steps.append(.terminal) }
        if process.initProcess { steps.append(.becomeInit) }
        steps += [.limits, .credentials, .workdir(process.workdir), .seccomp, .execute(process.arguments[0].text)]
        return steps
    }
}
