internal import CIsorunBench
internal import Glibc
internal import IsorunModel
internal import IsorunReporting

/// What is to be measured, and how long.
public struct BenchOptions: Sendable {
    /// Runs of what is fast.
    public var runs = 100
    /// Runs of what takes longer than 150 ms.
    public var slowRuns = 20
    /// Runs before those that count.
    public var warmup = 3
    /// The time that one run may take.
    public var limit = Duration.seconds(30)
    /// Only these rows; isorun and bare fork and exec are always among them.
    public var only: Set<String> = []
    /// The guest's kernel; nil for the one that is found.
    public var kernel: String?
    /// What the guest unpacks before the stand-in.
    public var initrd: String?
    /// Rounds of what is measured in batches.
    public var rounds = 5
    /// How many containers `footprint` keeps at a time.
    public var containers = 100
    /// Whether nothing is said while it runs.
    public var quiet = false

    /// The defaults.
    public init() {}

    /// Every word that `only` may have.
    public static let ids = Runtimes.ids + VirtualMachines.ids
}

/// The benchmarks, each of which gives a report.
public final class Bench {
    let options: BenchOptions
    let host: HostView
    let scratch: Scratch
    let isorun: String
    let runner: Runner
    let progress: Progress
    var nextRun = 0

    /// Makes ready to measure.
    ///
    /// - Parameters:
    ///   - options: What and how long.
    ///   - isorun: The path of the program that is measured.
    /// - Throws: `BenchError` where no directory can be made.
    public init(_ options: BenchOptions, isorun: String) throws(BenchError) {
        self.options = options
        self.isorun = isorun
        let path = unsafe getenv("PATH").map { unsafe String(cString: $0) } ?? "/usr/sbin:/usr/bin:/sbin:/bin"
        let complete = path + ":/usr/sbin:/sbin"
        host = HostView(path: complete)
        scratch = try Scratch()
        progress = Progress(quiet: options.quiet)
        let interrupt = isorun_bench_interrupts()
        guard interrupt >= 0 else { throw BenchError("cannot wait for signals", errno: -interrupt) }
        isorun_bench_adopt_orphans()
        let home = unsafe getenv("HOME").map { unsafe String(cString: $0) } ?? "/"
        // What a suite notes of its last run, and whatever else is stored, goes with the bench.
        let environment =
            ["PATH=\(complete)", "HOME=\(home)", "LANG=C.UTF-8", "XDG_STATE_HOME=\(scratch.path("state"))"]
            + Self.passed
        runner = Runner(environment: environment, directory: scratch.path, interrupt: interrupt)
    }

    /// How a user's own daemons are reached.
    private static var passed: [String] {
        let names = [
            "DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG", "DOCKER_TLS", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH",
            "DOCKER_API_VERSION", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "DBUS_SESSION_BUS_ADDRESS",
        ]
        return names.compactMap { name in unsafe getenv(name).map { unsafe "\(name)=\(String(cString: $0))" } }
    }

    /// Whether a row is asked for.
    func wants(_ id: String) -> Bool {
        options.only.isEmpty || options.only.contains(id) || id == "isorun" || id == "fork"
    }

    /// Whether a row is asked for of what starts as a process.
    func wantsProcess(_ id: String) -> Bool { id != WarmSeries.id && wants(id) }

    /// The row that stands for containers made ahead where whole processes are compared.
    var warmElsewhere: [BenchRow] {
        guard wants(WarmSeries.id) else { return [] }
        var row = BenchRow(id: WarmSeries.id, name: "isorun, warm")
        row.failure = .init(
            "containers are made ahead for the jobs of a suite, not for a process of its own: Harness/benchmark warm"
        )
        return [row]
    }

    /// Bare fork and exec, some dozens of times: how much the machine varies, milliseconds.
    func bareStarts() -> [Double] {
        var times: [Double] = []
        for _ in 0..<50 where !runner.isInterrupted {
            let run = runner.run([scratch.path("rootfs/bin/standin")], within: options.limit)
            if run.problem(after: options.limit) == nil { times.append(StartSeries.milliseconds(run.end - run.begin)) }
        }
        return times
    }

    /// A report without rows.
    func emptyReport(_ kind: String) -> BenchReport {
        var now = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &now)
        let micros = Int64(now.tv_sec) * 1_000_000 + Int64(now.tv_nsec) / 1000
        return BenchReport(kind: kind, startedAt: Timestamp.text(microseconds: micros), host: host.facts())
    }

    /// The virtual machines that this host has.
    var machines: VirtualMachines {
        VirtualMachines(
            host: host,
            scratch: scratch,
            runner: runner,
            kernel: options.kernel,
            initrd: options.initrd
        )
    }

    /// What all reports end with: what was not come to is told too.
    func finish(_ report: inout BenchReport) {
        report.interrupted = runner.isInterrupted
        if report.interrupted { report.tellWhatIsMissing() }
        isorun_bench_end_orphans()
        progress.clear()
    }

    /// A number that no other run has.
    func newRun() -> Int {
        nextRun += 1
        return nextRun
    }

    /// One run of a subject, and what cleans up after it where it had to be ended.
    func run(_ subject: Subject, within limit: Duration) -> ProgramRun {
        let number = newRun()
        let run = runner.run(Subject.filled(subject.command, run: number), within: limit)
        if run.ending == .timedOut || run.ending == .interrupted { remove(subject, run: number) }
        return run
    }

    func remove(_ subject: Subject, run: Int) {
        guard let removal = subject.removal else { return }
        _ = quiet.run(Subject.filled(removal, run: run), within: .seconds(20))
    }

    func farewell(_ subjects: [Subject]) {
        for command in subjects.flatMap(\.farewell) { _ = quiet.run(command, within: .seconds(20)) }
    }

    /// Runs what has to run also after Ctrl-C.
    private var quiet: Runner { Runner(environment: runner.environment, directory: scratch.path) }
}
