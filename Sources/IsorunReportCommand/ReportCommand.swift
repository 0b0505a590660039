import ArgumentParser
import IsorunSystem

/// The program `isorun-report`, which isorun starts for `--junit` and for `isorun report`.
///
/// It is a program of its own for two reasons: `isorun` need not load libxml2 to start a job, and what a hostile job
/// wrote is parsed in a process that ends with it.
@main
struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "isorun-report",
        abstract: "Turn stored events and results of isorun into reports.",
        subcommands: [JUnitCommand.self, MarkdownCommand.self, HTMLCommand.self]
    )

    static func main() { main(ProcessArguments.words) }
}
