public import IsorunModel

/// The options of `run` as they were written: nothing is checked and no default is applied.
///
/// ``LaunchLexer`` and ``RunOptions`` both fill it, and ``RunArguments/resolve(workingDirectory:)`` turns it into a
/// ``RunRequest``. Words that name a path or a variable stay bytes, for they need not be UTF-8.
public struct RunArguments: Hashable, Sendable {
    /// The program and its arguments.
    public var command: [ByteString] = []
    /// What `--name` gave.
    public var name: String?

    /// What `-m` or `--memory` gave.
    public var memory: String?
    /// What `--memory-swap` gave.
    public var memorySwap: String?
    /// What `--cpus` gave.
    public var cpus: String?
    /// What `--cpuset-cpus` gave.
    public var cpusetCpus: String?
    /// What `--pids-limit` gave.
    public var pidsLimit: String?
    /// What `--oom` gave.
    public var oom: String?
    /// What `--timeout` gave.
    public var timeout: String?
    /// What `--cpu-time` gave.
    public var cpuTime: String?
    /// What `--grace-period` gave.
    public var gracePeriod: String?
    /// What `--disk` gave.
    public var disk: String?
    /// What `--inodes` gave.
    public var inodes: String?
    /// What `--max-output` gave.
    public var maxOutput: String?
    /// What each `--io-read-bps` gave.
    public var ioReadBps: [ByteString] = []
    /// What each `--io-write-bps` gave.
    public var ioWriteBps: [ByteString] = []
    /// What each `--ulimit` gave.
    public var ulimits: [String] = []
    /// What each `--allow-unenforced` gave.
    public var allowUnenforced: [String] = []

    /// What `--rootfs` gave.
    public var rootfs: ByteString?
    /// What `--image` gave.
    public var image: String?
    /// What `--platform` gave.
    public var platform: String?
    /// What `--pull` gave.
    public var pull: String?
    /// What `--entrypoint` gave.
    public var entrypoint: ByteString?
    /// What each `-v` or `--volume` gave.
    public var volumes: [ByteString] = []
    /// What each `--tmpfs` gave.
    public var tmpfs: [ByteString] = []
    /// What `-w` or `--workdir` gave.
    public var workdir: ByteString?
    /// Whether `--read-only` was given.
    public var readOnly = false
    /// What each `--mask` gave.
    public var masks: [ByteString] = []

    /// What each `-e` or `--env` gave.
    public var env: [ByteString] = []
    /// What each `--env-file` gave.
    public var envFiles: [ByteString] = []
    /// What `-u` or `--user` gave.
    public var user: String?
    /// What `--hostname` gave.
    public var hostname: String?
    /// What `--network` gave.
    public var network: String?
    /// What each `-p` or `--publish` gave.
    public var publish: [String] = []
    /// Whether `--host-loopback` was given.
    public var hostLoopback = false
    /// What `--seccomp` gave.
    public var seccomp: ByteString?
    /// What each `--cap-add` gave.
    public var capAdd: [String] = []
    /// What each `--cap-drop` gave.
    public var capDrop: [String] = []
    /// Whether `--untrusted` was given.
    public var untrusted = false
    /// False where `--no-init` was given, and `--init` not after it.
    public var initProcess = true

    /// Whether `-i` or `--interactive` was given.
    public var interactive = false
    /// Whether `-t` or `--tty` was given.
    public var tty = false
    /// Whether `-d` or `--detach` was given.
    public var detach = false
    /// Whether `--rm` was given.
    public var remove = false
    /// What each `--log-opt` gave.
    public var logOptions: [String] = []

    /// What each `--artifact` gave.
    public var artifacts: [ByteString] = []
    /// What `--writes` gave.
    public var writes: ByteString?
    /// What each `--collect-junit` gave.
    public var collectJUnit: [ByteString] = []

    /// What `--junit` gave.
    public var junit: ByteString?
    /// What `--junit-dialect` gave.
    public var junitDialect: String?
    /// What `--json` gave.
    public var json: ByteString?
    /// What `--events` gave.
    public var events: ByteString?
    /// Whether `-q` or `--quiet` was given.
    public var quiet = false
    /// Whether `--verbose` was given.
    public var verbose = false

    /// Makes arguments in which nothing was asked for.
    public init(command: [ByteString] = []) {
        self.command = command
    }
}
