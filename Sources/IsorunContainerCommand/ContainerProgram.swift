internal import ArgumentParser
internal import Glibc
internal import IsorunArguments
internal import IsorunContainers
internal import IsorunModel
internal import IsorunSystem

/// The program `isorun-container`, which isorun becomes for containers that live on, and which keeps them.
@main
struct ContainerProgram: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "isorun",
        abstract: "Containers that live on: started with run -d, listed, read, entered and stopped.",
        subcommands: [
            RunDetached.self, KeepContainer.self, PsCommand.self, InspectCommand.self, LogsCommand.self,
            StopCommand.self, KillCommand.self, WaitCommand.self, RmCommand.self, ExecCommand.self, TopCommand.self,
            StatsCommand.self, PauseCommand.self, UnpauseCommand.self, PortCommand.self, CpCommand.self,
            VolumeCommand.self, AttachCommand.self, GCCommand.self,
        ]
    )

    static func main() {
        signal(SIGPIPE, SIG_IGN)
        signal(SIGXFSZ, SIG_IGN)
        signal(SIGCHLD, SIG_DFL)
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
            _ = unsafe open("/dev/null", O_RDWR)  // the lowest free number is this one
        }
        let words = ProcessArguments.bytes
        switch words.first?.text {
        // Words of the job are bytes, and go no way through text.
        case "run": Glibc.exit(RunDetached.run(words))
        case "keep" where words.count > 3: KeepContainer.run(words)
        case Janitor.verb where words.count == 2: Janitor.clear(after: words[1].text)
        case "fill-volume" where words.count == 2: Glibc.exit(VolumeFiller.run(words[1].text) { complain($0) })
        case "copy-files": Glibc.exit(CopyFiles.run(words))
        default: main(words.map(\.text))
        }
    }
}
