internal import ArgumentParser
internal import Glibc
internal import Isorun
internal import IsorunArguments
internal import IsorunSystem

/// All commands, for ArgumentParser.
struct IsorunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "isorun",
        abstract: "Run tests in fresh containers, and tell truthfully how they ended.",
        discussion: """
            `isorun -- swift test` runs a command in a container of its own: namespaces, a copy-on-write view of this \
            host, limits on memory, CPU and processes, a system call filter, and root inside that is nobody outside.

            Exit codes: the job's own; 124 a time limit ended it; 125 isorun failed and nothing of the job ran; 126 and \
            127 the command cannot be executed or was not found; 128+N signal N ended it; 64 usage.
            """,
        version: IsorunVersion.text,
        subcommands: [
            RunCommand.self, TestCommand.self, SuiteCommand.self, MergeCommand.self, PlanCommand.self,
            DoctorCommand.self, GCCommand.self, ReportCommand.self, BenchCommand.self, PsCommand.self,
            InspectCommand.self, LogsCommand.self, StopCommand.self, KillCommand.self, WaitCommand.self, RmCommand.self,
            ExecCommand.self, TopCommand.self, StatsCommand.self, PauseCommand.self, UnpauseCommand.self,
            PortCommand.self, CpCommand.self, VolumeCommand.self, AttachCommand.self, ImageCommand.self,
            LoginCommand.self, LogoutCommand.self,
        ],
        defaultSubcommand: RunCommand.self
    )

    static func main() {
        do {
            var command = try parseAsRoot(CommandLineWords.forParser(ProcessArguments.bytes))
            try command.run()
        } catch {
            exit(withError: error)
        }
    }
}

/// `isorun run`.
struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "run", abstract: "Run one job in the foreground.")
    @OptionGroup var options: RunOptions

    func run() throws {
        throw ExitCode(RunVerb.run(options.arguments))
    }
}

/// `isorun plan`.
struct PlanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Print the sandbox that run would build, step by step; touches nothing, needs no privileges."
    )
    @OptionGroup var options: PlanOptions
    @Flag(help: "Print JSON (isorun.plan/1).") var json = false

    func run() throws {
        throw ExitCode(PlanVerb.run(options.arguments, json: json))
    }
}

/// `isorun doctor`.
struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Say what this host can and cannot enforce, why, and the command that fixes it.",
        discussion: "Exit code 0 only where every default limit can be enforced, else 1."
    )
    @Flag(help: "Print JSON (isorun.doctor/1).") var json = false

    func run() throws {
        throw ExitCode(DoctorVerb.run(json: json))
    }
}

/// `isorun gc`.
struct GCCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gc",
        abstract: "Remove what a killed isorun left behind; every start does it too."
    )

    func run() throws {
        for path in try Leftovers.remove() { print("removed \(path)") }
    }
}

/// `isorun test`: the program for many jobs takes over before these declarations are read; they are for the help.
struct TestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Run every test of a package in a container of its own; isorun test --help tells more."
    )
    @Argument(parsing: .captureForPassthrough, help: "What isorun test --help lists.")
    var arguments: [String] = []
}

/// `isorun suite`.
struct SuiteCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "suite",
        abstract: "Run the jobs of a suite file (isorun.yml); isorun suite --help tells more."
    )
    @Argument(parsing: .captureForPassthrough, help: "What isorun suite --help lists.")
    var arguments: [String] = []
}

/// `isorun merge`.
struct MergeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "merge",
        abstract: "Put the events of all partitions of a run into one report; isorun merge --help tells more."
    )
    @Argument(parsing: .captureForPassthrough, help: "What isorun merge --help lists.")
    var arguments: [String] = []
}

/// `isorun bench`: the measuring program takes over before this declaration is read; it is for the help.
struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure isorun beside other runtimes and a virtual machine; isorun bench --help tells more."
    )
    @Argument(parsing: .captureForPassthrough, help: "What isorun bench --help lists.")
    var arguments: [String] = []
}

/// `isorun report`: the reporting program takes over.
struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Turn stored events or results into reports: isorun report junit --output out.xml events.jsonl"
    )
    @Argument(parsing: .captureForPassthrough, help: "What isorun-report is given.")
    var arguments: [String] = []

    func run() throws {
        throw ExitCode(ReportProgram.run(arguments))
    }
}
