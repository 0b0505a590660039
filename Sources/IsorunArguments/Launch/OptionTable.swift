import IsorunModel

/// One option of `run`: its names, and what it does to the arguments.
struct RunOption: Sendable {
    /// What an option does, and thereby whether a value follows it.
    enum Effect: Sendable {
        /// It stands alone.
        case flag(@Sendable (inout RunArguments) -> Void)
        /// It takes a value; given twice, it adds to a list or the last one counts.
        case value(@Sendable (inout RunArguments, ByteString) -> Void)
    }

    /// The long name, without dashes.
    let long: String
    /// The letter, or 0.
    let short: UInt8
    /// What the option does.
    let effect: Effect

    static func flag(
        _ long: String,
        _ short: Unicode.Scalar? = nil,
        _ set: @escaping @Sendable (inout RunArguments) -> Void
    ) -> Self {
        Self(long: long, short: short.map { UInt8(ascii: $0) } ?? 0, effect: .flag(set))
    }

    static func value(
        _ long: String,
        _ short: Unicode.Scalar? = nil,
        _ set: @escaping @Sendable (inout RunArguments, ByteString) -> Void
    ) -> Self {
        Self(long: long, short: short.map { UInt8(ascii: $0) } ?? 0, effect: .value(set))
    }
}

extension RunOption {
    /// Every option of `run`, once.
    ///
    /// A test holds it against what ArgumentParser was told.
    static let all: [RunOption] = [
        .value("memory", "m") { $0.memory = $1.text },
        .value("memory-swap") { $0.memorySwap = $1.text },
        .value("cpus") { $0.cpus = $1.text },
        .value("cpuset-cpus") { $0.cpusetCpus = $1.text },
        .value("pids-limit") { $0.pidsLimit = $1.text },
        .value("oom") { $0.oom = $1.text },
        .value("timeout") { $0.timeout = $1.text },
        .value("cpu-time") { $0.cpuTime = $1.text },
        .value("grace-period") { $0.gracePeriod = $1.text },
        .value("disk") { $0.disk = $1.text },
        .value("inodes") { $0.inodes = $1.text },
        .value("max-output") { $0.maxOutput = $1.text },
        .value("io-read-bps") { $0.ioReadBps.append($1) },
        .value("io-write-bps") { $0.ioWriteBps.append($1) },
        .value("ulimit") { $0.ulimits.append($1.text) },
        .value("allow-unenforced") { $0.allowUnenforced.append($1.text) },

        .value("rootfs") { $0.rootfs = $1 },
        .value("image") { $0.image = $1.text },
        .value("platform") { $0.platform = $1.text },
        .value("pull") { $0.pull = $1.text },
        .value("entrypoint") { $0.entrypoint = $1 },
        .value("volume", "v") { $0.volumes.append($1) },
        .value("tmpfs") { $0.tmpfs.append($1) },
        .value("workdir", "w") { $0.workdir = $1 },
        .flag("read-only") { $0.readOnly = true },
        .value("mask") { $0.masks.append($1) },

        .value("env", "e") { $0.env.append($1) },
        .value("env-file") { $0.envFiles.append($1) },
        .value("user", "u") { $0.user = $1.text },
        .value("hostname") { $0.hostname = $1.text },
        .value("network") { $0.network = $1.text },
        .value("publish", "p") { $0.publish.append($1.text) },
        .flag("host-loopback") { $0.hostLoopback = true },
        .value("seccomp") { $0.seccomp = $1 },
        .value("cap-add") { $0.capAdd.append($1.text) },
        .value("cap-drop") { $0.capDrop.append($1.text) },
        .flag("untrusted") { $0.untrusted = true },
        .flag("init") { $0.initProcess = true },
        .flag("no-init") { $0.initProcess = false },

        .flag("interactive", "i") { $0.interactive = true },
        .flag("tty", "t") { $0.tty = true },
        .flag("detach", "d") { $0.detach = true },
        .flag("rm") { $0.remove = true },
        .value("log-opt") { $0.logOptions.append($1.text) },

        .value("name") { $0.name = $1.text },
        .value("artifact") { $0.artifacts.append($1) },
        .value("writes") { $0.writes = $1 },
        .value("collect-junit") { $0.collectJUnit.append($1) },
        .value("junit") { $0.junit = $1 },
        .value("junit-dialect") { $0.junitDialect = $1.text },
        .value("json") { $0.json = $1 },
        .value("events") { $0.events = $1 },
        .flag("quiet", "q") { $0.quiet = true },
        .flag("verbose") { $0.verbose = true },
    ]
}
