import ArgumentParser
import Glibc
import IsorunSystem

/// The program `isorun-suite`, which isorun becomes for `test`, `suite` and `merge`.
///
/// It is a program of its own so that the one that launches a single job need not load what only many jobs need.
@main
struct SuiteProgram: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "isorun",
        abstract: "Run suites of jobs, and the tests of packages, each in a container of its own.",
        subcommands: [TestCommandLine.self, SuiteCommandLine.self, MergeCommandLine.self]
    )

    static func main() {
        signal(SIGPIPE, SIG_IGN)
        signal(SIGXFSZ, SIG_IGN)
        signal(SIGCHLD, SIG_DFL)
        do {
            var command = try parseAsRoot(OptionalSeed.filled(in: ProcessArguments.words))
            try command.run()
        } catch {
            exit(withError: error)
        }
    }
}
