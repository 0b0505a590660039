public import ArgumentParser
import Glibc
import IsorunModel
public import IsorunProgress
import IsorunReporting
import IsorunRunner
import IsorunSystem
import SystemPackage

/// What `suite` and `test` share: how many jobs run, in which order, how often, and what is told.
struct RunnerOptions: ParsableArguments {
    @Option(
        name: [.customShort("j", allowingJoined: true), .long],
        help: .init("Most jobs at a time. (default: as many as CPUs and memory allow)", valueName: "n")
    )
    var jobs: Int?

    @Option(
        help: .init("Most containers made ahead; 0 makes none. (default: one for each job at a time)", valueName: "n")
    )
    var ahead: Int?

    @Option(
        help: .init(
            "Run what failed again, so many times, where a suite's job has no retries of its own; what passes then is flaky. (default: 0)",
            valueName: "n"
        )
    )
    var retries: Int?

    @Flag(help: "Start nothing more after the first failure.")
    var failFast = false

    @Option(help: .init("Start nothing more after so many failures.", valueName: "n"))
    var maxFail: Int?

    @Option(name: .customLong("repeat"), help: .init("Run everything so many times.", valueName: "n"))
    var rounds: Int?

    @Flag(help: "Run everything again and again until something fails, or as often as --repeat says.")
    var untilFail = false

    @Option(
        parsing: .unconditional,
        help: .init("Shuffle the order; the seed is printed. (default without one: by chance)", valueName: "seed")
    )
    var shuffle: String?

    @Option(help: .init("Say that a job is slow after this time. (default: 1m)", valueName: "duration"))
    var slowAfter: String?

    @Option(
        help: .init("Run one part: slice:1/3, hash:1/3, or auto for what the CI's variables say.", valueName: "part")
    )
    var partition: String?

    @Option(
        help: .init(
            "Balance slices by the times in the events of an earlier run: the same file for all parts.",
            valueName: "file"
        )
    )
    var times: String?

    @Flag(help: "Go on with what the last run of the same plan has not finished.")
    var resume = false

    @Flag(help: "Run only what failed when it was last run.")
    var failed = false

    @Option(help: .init("What a job that leaves processes behind does: warn or fail.", valueName: "policy"))
    var leaks = LeakPolicy.warn

    @Flag(help: "Running nothing at all is no error.")
    var allowEmpty = false

    @Option(
        help: .init(
            "Which output is shown: failures, all, none or final. Of each stream of a job 64 KiB are kept.",
            valueName: "which"
        )
    )
    var output = SuiteTerminal.Output.failures

    @Flag(name: .shortAndLong, help: "Show only what fails, and the totals.")
    var quiet = false

    @Option(help: .init("Write JUnit XML; - is standard output.", valueName: "file"))
    var junit: String?

    @Option(help: .init("Which JUnit XML: default or surefire.", valueName: "dialect"))
    var junitDialect: String = "default"

    @Option(help: .init("Write result documents, one on each line.", valueName: "file"))
    var json: String?

    @Option(help: .init("Write the events, one on each line (isorun.events/1).", valueName: "file"))
    var events: String?

    /// What leaked processes do to a result.
    enum LeakPolicy: String, ExpressibleByArgument, CaseIterable { case warn, fail }

    func validate() throws {
        func positive(_ name: String, _ value: Int?) throws {
            if let value, value < 1 { throw ValidationError("\(name): \(value) is not a number from 1") }
        }
        try positive("--jobs", jobs)
        try positive("--max-fail", maxFail)
        try positive("--repeat", rounds)
        if let rounds, rounds > SuitePlan.mostRounds {
            throw ValidationError("--repeat: \(rounds) is more than \(SuitePlan.mostRounds); --until-fail has no end")
        }
        if let ahead, ahead < 0 { throw ValidationError("--ahead: \(ahead) is not a number from 0") }
        if let retries, !(0...1000 ~= retries) { throw ValidationError("--retries: \(retries) is not from 0 to 1000") }
        if let slowAfter, Duration(parsing: slowAfter) == nil {
            throw ValidationError("--slow-after: \"\(slowAfter)\" is no duration; for example: 30s")
        }
        if let shuffle, shuffle != "random", UInt64(shuffle) == nil {
            throw ValidationError("--shuffle: \"\(shuffle)\" is neither a number nor 'random'; for example: 42")
        }
        if let partition, Self.partition(partition) == nil {
            let hint =
                partition == "auto"
                ? Partition.problem(of: Environment.value) : "\"\(partition)\" is no part; for example: slice:1/3"
            throw ValidationError("--partition: \(hint)")
        }
        try ReportPaths.check(dialect: junitDialect)
        if resume && failed { throw ValidationError("--resume and --failed exclude each other") }
    }

    /// Where the reports go.
    var reports: ReportPaths {
        ReportPaths(junit: junit, junitDialect: junitDialect, json: json, events: events)
    }

    static func partition(_ text: String) -> Partition? { Partition(parsing: text) { Environment.value($0) } }

    /// The policy on this host.
    var policy: RunPolicy {
        var policy = RunPolicy()
        policy.jobs = jobs
        policy.hostCPUs = Double(max(Affinity.cpus.count, 1))
        let pages = UInt64(max(sysconf(Int32(_SC_PHYS_PAGES)), 0)) * UInt64(max(sysconf(Int32(_SC_PAGESIZE)), 0))
        policy.hostMemory = pages / 10 * 9
        policy.retries = retries ?? 0
        policy.maxFail = failFast ? 1 : maxFail
        policy.untilFail = untilFail
        policy.rounds = untilFail ? rounds : rounds ?? 1
        policy.ahead = ahead ?? min(policy.lanes, 16)
        policy.seed = shuffle.map { UInt64($0) ?? UInt64.random(in: 0...999_999_999) }
        return policy
    }

    /// CPUs that are kept for a job that names none.
    func cpus(_ policy: RunPolicy) -> Double {
        guard let jobs else { return 1 }
        return min(1, policy.hostCPUs / Double(jobs))
    }
}

extension SuiteTerminal.Output: ExpressibleByArgument {}

/// What is said on stderr.
enum Say {
    static func error(_ text: String) { raw("isorun: \(text)\n") }

    /// A pattern that nothing is meant by is a slip of the pen more often than not.
    static func unmatched(_ pattern: String, _ noun: String) {
        error("warning: \"\(TerminalText.escape(pattern, limit: 200))\" is none of the \(noun)")
    }

    /// Writes what was asked for to standard output: the exit code.
    ///
    /// A reader that has seen enough is no failure.
    static func output(_ text: String) -> Int32 {
        guard let file = LineFile("-") else { return 125 }
        file.write(text)
        guard let failure = file.failure, file.errno != .brokenPipe else { return 0 }
        error("cannot write to standard output: \(failure)")
        return 125
    }

    /// Lines that give no commands to the CI that reads them, whatever of a job's stands in them.
    static func raw(_ text: String) {
        asIs(Environment.isSet("GITHUB_ACTIONS") ? GitHubLog.withoutCommands(text) : text)
    }

    /// Text that needs nothing done to it; where nobody reads any more it is lost.
    static func asIs(_ text: String) { _ = SharedStream.write(text.utf8, to: STDERR_FILENO) }
}
