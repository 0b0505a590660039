public import ArgumentParser

/// How the job's streams are connected.
public struct StreamOptions: ParsableArguments {
    @Flag(name: .shortAndLong, help: "Keep standard input.")
    var interactive = false

    @Flag(name: .shortAndLong, help: "Allocate a terminal.")
    var tty = false

    @Flag(name: .shortAndLong, help: "Return at once and print the container's id: see isorun ps, logs, exec, stop.")
    var detach = false

    @Flag(name: .customLong("rm"), help: "With -d: remove the record and the log when the container ends.")
    var remove = false

    @Option(
        name: .customLong("log-opt"),
        help: .init(
            "With -d: how much of the log is kept. (default: max-size=5m and max-file=2)",
            valueName: "key=value"
        )
    )
    var logOption: [String] = []

    /// Makes the declarations, for ArgumentParser to fill.
    public init() {}

    func apply(to arguments: inout RunArguments) {
        arguments.interactive = interactive
        arguments.tty = tty
        arguments.detach = detach
        arguments.remove = remove
        arguments.logOptions = logOption
    }
}
