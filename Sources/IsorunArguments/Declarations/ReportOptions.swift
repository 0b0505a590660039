public import ArgumentParser
import IsorunModel

/// Which reports are written, and how much is said on stderr.
public struct ReportOptions: ParsableArguments {
    @Option(help: .init("Write JUnit XML; - is stdout.", valueName: "file"), completion: .file(extensions: ["xml"]))
    var junit: String?

    @Option(
        help: .init("default, or surefire: valid against its schema. (default: default)", valueName: "dialect"),
        completion: .list(JUnitDialect.allCases.map(\.rawValue))
    )
    var junitDialect: String?

    @Option(
        help: .init(
            "Write the result document; - is stdout, where it follows what the job wrote there.",
            valueName: "file"
        ),
        completion: .file(extensions: ["json"])
    )
    var json: String?

    @Option(
        help: .init("Write each event as it happens, one JSON object a line; - is stdout.", valueName: "file"),
        completion: .file(extensions: ["jsonl"])
    )
    var events: String?

    @Flag(name: .shortAndLong, help: "Nothing but errors on stderr.")
    var quiet = false

    @Flag(help: "Every step on stderr.")
    var verbose = false

    /// Makes the declarations, for ArgumentParser to fill.
    public init() {}

    func apply(to arguments: inout RunArguments) {
        arguments.junit = junit.map { .init($0) }
        arguments.junitDialect = junitDialect
        arguments.json = json.map { .init($0) }
        arguments.events = events.map { .init($0) }
        arguments.quiet = quiet
        arguments.verbose = verbose
    }
}
