public import ArgumentParser
import IsorunModel

/// What a container may use.
public struct LimitOptions: ParsableArguments {
    @Option(
        name: [.customShort("m", allowingJoined: true), .long],
        help: .init(
            "Memory of the whole container, tmpfs and page cache included. (default: 75 % of the host's)",
            valueName: "size"
        )
    )
    var memory: String?

    @Option(
        parsing: .unconditional,
        help: .init("Memory plus swap; -1 is unlimited swap. (default: the same as memory: no swap)", valueName: "size")
    )
    var memorySwap: String?

    @Option(help: .init("CPU bandwidth; 0.5 is half a CPU. (default: all CPUs)", valueName: "n"))
    var cpus: String?

    @Option(help: .init("Pin to these CPUs, as in 0-3,7.", valueName: "list"))
    var cpusetCpus: String?

    @Option(help: .init("Tasks in the container. (default: 1024)", valueName: "n"))
    var pidsLimit: String?

    @Option(
        help: .init(
            "What an OOM kill ends: the whole job (group), or the process the kernel picked (process). (default: group)",
            valueName: "policy"
        ),
        completion: .list(["group", "process"])
    )
    var oom: String?

    @Option(
        help: .init(
            "Wall clock from start to end; then SIGTERM to the job, then everything is killed. (default: 1h)",
            valueName: "duration"
        )
    )
    var timeout: String?

    @Option(help: .init("CPU time of the whole container. (default: none)", valueName: "duration"))
    var cpuTime: String?

    @Option(help: .init("Between SIGTERM and the kill. (default: 5s)", valueName: "duration"))
    var gracePeriod: String?

    @Option(help: .init("Writable layer. (default: 50 % of the memory limit)", valueName: "size"))
    var disk: String?

    @Option(help: .init("Files in the writable layer. (default: 1000000)", valueName: "n"))
    var inodes: String?

    @Option(
        help: .init("Stdout plus stderr that is kept; past it the job is ended. (default: 64m)", valueName: "size")
    )
    var maxOutput: String?

    @Option(help: .init("Read from this block device at most so fast, a second.", valueName: "device=size"))
    var ioReadBps: [String] = []

    @Option(help: .init("Write to this block device at most so fast, a second.", valueName: "device=size"))
    var ioWriteBps: [String] = []

    @Option(
        help: .init("A per-process rlimit, as in nofile=1024:4096. (default: core=0)", valueName: "type=soft[:hard]")
    )
    var ulimit: [String] = []

    @Option(
        help: .init(
            "Run although this host cannot enforce a limit, or any (all); said loudly on stderr and in every report.",
            valueName: "limit"
        ),
        completion: .list(ValueNames.unenforceable)
    )
    var allowUnenforced: [String] = []

    /// Makes the declarations, for ArgumentParser to fill.
    public init() {}

    func apply(to arguments: inout RunArguments) {
        arguments.memory = memory
        arguments.memorySwap = memorySwap
        arguments.cpus = cpus
        arguments.cpusetCpus = cpusetCpus
        arguments.pidsLimit = pidsLimit
        arguments.oom = oom
        arguments.timeout = timeout
        arguments.cpuTime = cpuTime
        arguments.gracePeriod = gracePeriod
        arguments.disk = disk
        arguments.inodes = inodes
        arguments.maxOutput = maxOutput
        arguments.ioReadBps = ioReadBps.map { .init($0) }
        arguments.ioWriteBps = ioWriteBps.map { .init($0) }
        arguments.ulimits = ulimit
        arguments.allowUnenforced = allowUnenforced
    }
}
