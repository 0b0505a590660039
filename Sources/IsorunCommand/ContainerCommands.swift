internal import ArgumentParser

// Commands about containers that live on: the program isorun-container takes over before these declarations are read;
// they are for the help.

/// `isorun ps`.
struct PsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ps",
        abstract: "List containers that were started with run -d; isorun ps --help tells more."
    )
    @Argument(parsing: .captureForPassthrough, help: "What isorun ps --help lists.")
    var arguments: [String] = []
}

/// `isorun inspect`.
struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Show all that is known of containers; isorun inspect --help tells more."
    )
    @Argument(parsing: .captureForPassthrough, help: "What isorun inspect --help lists.")
    var arguments: [String] = []
}

/// `isorun logs`.
struct LogsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs",
        abstract: "Show what a container wrote; isorun logs --help tells more."
    )
    @Argument(parsing: .captureForPassthrough, help: "What isorun logs --help lists.")
    var arguments: [String] = []
}

/// `isorun stop`.
struct StopCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stop",
        abstract: "Stop containers: a signal, and the kill when the time is over; isorun stop --help tells more."
    )
    @Argument(parsing: .captureForPassthrough, help: "What isorun stop --help lists.")
    var arguments: [String] = []
}

/// `isorun kill`.
struct KillCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kill",
        abstract: "Send containers a signal; isorun kill --help tells more."
    )
    @Argument(parsing: .captureForPassthrough, help: "What isorun kill --help lists.")
    var arguments: [String] = []
}

/// `isorun wait`.
struct WaitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wait",
        abstract: "Wait until containers end, and print their exit codes; isorun wait --help tells more."
    )
    @Argument(parsing: .captureForPassthrough, help: "What isorun wait --help lists.")
    var arguments: [String] = []
}

/// `isorun rm`.
struct RmCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm",
        abstract: "Remove containers: their records and logs; isorun rm --help tells more."
    )
    @Argument(parsing: .captureForPassthrough, help: "What isorun rm --help lists.")
    var arguments: [String] = []
}

/// `isorun exec`.
struct ExecCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exec",
        abstract: "Run a command in a container that runs; isorun exec --help tells more."
    )
    @Argument(parsing: .captureForPassthrough, help: "What isorun exec --help lists.")
    var arguments: [String] = []
}

/// `isorun top`.
struct TopCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "top",
        abstract: "Show the processes of a container; isorun top --help tells more."
    )
    @Argument(parsing: .captureForPassthrough, help: "What isorun top --help lists.")
    var arguments: [String] = []
}

/// `isorun stats`.
struct StatsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats",
        abstract: "Show what containers use; isorun stats --help tells more."
    )
    @Argument(parsing: .captureForPassthrough, help: "What isorun stats --help lists.")
    var arguments: [String] = []
}

/// `isorun pause`.
struct PauseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause",
        abstract: "Hold every process of containers where it is; isorun pause --help tells more."
    )
    @Argument(parsing: .captureForPassthrough, help: "What isorun pause --help lists.")
    var arguments: [String] = []
}

/// `isorun unpause`.
struct UnpauseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unpause",
        abstract: "Let containers that were paused go on; isorun unpause --help tells more."
    )
    @Argument(parsing: .captureForPassthrough, help: "What isorun unpause --help lists.")
    var arguments: [String] = []
}

/// `isorun port`.
struct PortCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "port",
        abstract: "Show where the published ports of a container are reached; isorun port --help tells more."
    )
    @Argument(parsing: .captureForPassthrough, help: "What isorun port --help lists.")
    var arguments: [String] = []
}

/// `isorun cp`.
struct CpCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cp",
        abstract: "Copy files between a container and this host; isorun cp --help tells more."
    )
    @Argument(parsing: .captureForPassthrough, help: "What isorun cp --help lists.")
    var arguments: [String] = []
}

/// `isorun volume`.
struct VolumeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "volume",
        abstract: "Make, list and remove named volumes; isorun volume --help tells more."
    )
    @Argument(parsing: .captureForPassthrough, help: "What isorun volume --help lists.")
    var arguments: [String] = []
}

/// `isorun attach`.
struct AttachCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "attach",
        abstract: "Show what a container writes, and pass input and signals on; isorun attach --help tells more."
    )
    @Argument(parsing: .captureForPassthrough, help: "What isorun attach --help lists.")
    var arguments: [String] = []
}
