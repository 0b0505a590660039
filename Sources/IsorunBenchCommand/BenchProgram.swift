import ArgumentParser
import Glibc
import IsorunBench
import IsorunSystem

/// The program `isorun-bench`, which `isorun bench` becomes: what only it needs is not loaded to launch a job.
@main
struct BenchProgram: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "isorun bench",
        abstract: "Measure what containers and a virtual machine cost on this host, side by side.",
        discussion: """
            Everything is measured in turn, round by round, after a warm-up. Ctrl-C ends it and shows what there is. \
            Exit codes: 0; 1 a regression past --tolerance; 64 usage; 125 isorun could not be measured; 130 interrupted.
            """,
        subcommands: [StartupCommand.self, ThroughputCommand.self, OverheadCommand.self, FootprintCommand.self],
        defaultSubcommand: StartupCommand.self
    )

    static func main() {
        // The work that `overhead` times inside of a container comes to this program too.
        let words = ProcessArguments.words
        if words.count == 4, words[0] == "work", let work = Work(rawValue: words[1]), let count = Int64(words[2]) {
            Glibc.exit(work.run(count, in: words[3]))
        }
        main(words)
    }
}

/// `isorun bench startup`.
struct StartupCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "startup",
        abstract: "Time to the first instruction of a job, and to the end of all, for every runtime found and a VM."
    )
    @OptionGroup var measuring: MeasuringOptions
    @OptionGroup var machine: MachineOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        var options = try measuring.options()
        options.kernel = try machine.file(machine.kernel, "--kernel")
        options.initrd = try machine.file(machine.initrd, "--initrd")
        try Measurement.run("startup", options, measuring.program(), output) { bench throws(BenchError) in
            try bench.startup()
        }
    }
}

/// `isorun bench throughput`.
struct ThroughputCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "throughput",
        abstract: "Containers a second at 1, 2, 4, … at a time."
    )
    @OptionGroup var measuring: MeasuringOptions
    @OptionGroup var rounds: RoundOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        var options = try measuring.options()
        options.rounds = try rounds.count()
        try Measurement.run("throughput", options, measuring.program(), output) { bench throws(BenchError) in
            try bench.throughput()
        }
    }
}

/// `isorun bench overhead`.
struct OverheadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "overhead",
        abstract: "What work costs inside against outside: CPU, system calls with each filter, files, fork, a build."
    )
    @OptionGroup var measuring: MeasuringOptions
    @OptionGroup var rounds: RoundOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        var options = try measuring.options()
        // What it times is short, but for the build.
        options.rounds = try rounds.count(else: 100)
        let own = try MeasuringOptions.ownPath()
        try Measurement.run("overhead", options, measuring.program(), output) { bench throws(BenchError) in
            try bench.overhead(program: own)
        }
    }
}

/// `isorun bench footprint`.
struct FootprintCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "footprint",
        abstract: "Memory beside one idle container, and beside each of a hundred."
    )
    @OptionGroup var measuring: MeasuringOptions
    @OptionGroup var rounds: RoundOptions
    @OptionGroup var machine: MachineOptions
    @OptionGroup var output: OutputOptions

    @Option(help: "How many containers to keep at a time; of what is slow, 10 at most.")
    var containers = 100

    func run() throws {
        var options = try measuring.options()
        options.rounds = try rounds.count()
        options.containers = try MeasuringOptions.count(containers, "--containers", 1...1000)
        options.kernel = try machine.file(machine.kernel, "--kernel")
        options.initrd = try machine.file(machine.initrd, "--initrd")
        try Measurement.run("footprint", options, measuring.program(), output) { bench throws(BenchError) in
            try bench.footprint()
        }
    }
}
