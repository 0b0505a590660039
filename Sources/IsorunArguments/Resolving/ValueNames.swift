import IsorunModel

/// The words that options take, for errors, help and completions.
enum ValueNames {
    /// The networks that `--network` gives.
    static let networkModes: [NetworkMode] = [.none, .host, .private]
    /// The networks by name.
    static var networks: [String] { networkModes.map(\.rawValue) + ["container:"] }

    /// What `--allow-unenforced` takes.
    static var unenforceable: [String] { ["all"] + Limit.allCases.map(\.optionName) }

    /// The capabilities of Linux 5.9 and later, in the kernel's order, `ALL` first.
    static let capabilities = [
        "ALL", "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP",
        "LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER",
        "SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE",
        "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "LEASE", "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP",
        "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF",
        "CHECKPOINT_RESTORE",
    ]
}
