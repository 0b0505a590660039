internal import ArgumentParser
internal import Glibc
internal import IsorunImageStore
internal import IsorunImages
internal import IsorunSandbox
internal import IsorunSystem

/// The program `isorun-image`, which isorun becomes for images: the only one that writes their store.
@main
struct ImageProgram: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "isorun",
        abstract: "Images: the read-only layers that containers are made of.",
        subcommands: [ImageCommand.self, LoginCommand.self, LogoutCommand.self]
    )

    static func main() {
        signal(SIGPIPE, SIG_IGN)
        signal(SIGCHLD, SIG_DFL)
        // What an archive says of modes is meant.
        umask(0)
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
            _ = unsafe open("/dev/null", O_RDWR)  // the lowest free number is this one
        }
        let words = ProcessArguments.words
        if words.first == MappingHelper.verb { MappingHelper.run(words) }
        main(words)
    }
}

/// `isorun image`.
struct ImageCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "image",
        abstract: "Fetch, import, list, inspect, export and remove images.",
        subcommands: [
            ImagePullCommand.self, ImageImportCommand.self, ImageExportCommand.self, ImageListCommand.self,
            ImageInspectCommand.self,
            ImageRemoveCommand.self, ImagePruneCommand.self,
        ]
    )
}
