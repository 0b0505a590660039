import ArgumentParser
import Glibc
import IsorunJUnit
import IsorunProgress
import IsorunReporting
import IsorunSystem

/// `isorun-report junit`: events or results in, JUnit XML out.
struct JUnitCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "junit",
        abstract: "Turn events (isorun.events/1) or results (isorun.result/1) into JUnit XML.",
        discussion: """
            The file is replaced atomically as jobs end, so that it is valid at any moment. What the input ends within \
            is left out. Exit codes: 0, 64 for a usage error, 125 where the report could not be read or written, or the \
            files that are named tell of no run at all.
            """
    )

    @Argument(help: "Stored events or results; - is standard input, which is read where there is none.")
    var inputs: [String] = []

    @Option(help: ArgumentHelp("The report; - is standard output.", valueName: "file"))
    var output: String

    @Option(help: ArgumentHelp("What messages call the report.", valueName: "name", visibility: .hidden))
    var shown: String?

    @Option(help: "The flavour of JUnit XML: default or surefire.")
    var dialect = Dialect.default

    @Option(help: ArgumentHelp("The name of the suite.", valueName: "name"))
    var suite = "isorun"

    @Option(help: ArgumentHelp("Records before which nothing is written.", valueName: "count", visibility: .hidden))
    var held = 0

    /// The dialects by the names they have on the command line.
    enum Dialect: String, ExpressibleByArgument, CaseIterable {
        case `default`, surefire

        var value: JUnitDialect {
            switch self {
            case .default: .default
            case .surefire: .surefire
            }
        }
    }

    func run() throws {
        do throws(ReportingError) {
            let target = try ReportTarget.check(output, shown: shown)
            for input in inputs { try ReportTarget.protect(input, from: [target]) }
            let style = JUnitStyle(
                suite: suite,
                output: { OutputText.render($0) },
                timestamp: { Timestamp.text(microseconds: $0) }
            )
            var session = JUnitSession(target: target, dialect: dialect.value, style: style, held: held)
            try session.read(inputs.isEmpty ? ["-"] : inputs)
            try session.finish()
            // A run that pipes its events may have none.
            if session.records > 0 || inputs.isEmpty { return }
            Complaint.print("the inputs tell of no run at all: nothing is known of it")
        } catch {
            Complaint.print(error.description)
            throw ExitCode(error.kind == .usage ? 64 : 125)
        }
        throw ExitCode(125)
    }
}

/// What the user should know, on standard error.
enum Complaint {
    /// Prints a line that begins with the program's name; the text has been escaped.
    static func print(_ text: String) {
        let text = Environment.isSet("GITHUB_ACTIONS") ? GitHubLog.withoutCommands(text) : text
        _ = SharedStream.write("isorun-report: \(text)\n".utf8, to: STDERR_FILENO)
    }
}
