public import ArgumentParser

/// How the job's streams are connected.
public struct StreamOptions: ParsableArguments {
    @Flag(name: .shortAndLong, help: "Keep standard input.")
    var interactive = false

    @Flag(name: .shortAndLong, help: "Allocate a terminal.")
    var tty = false

    /// Makes the declarations, for ArgumentParser to fill.
    public init() {}

    func apply(to arguments: inout RunArguments) {
        arguments.interactive = interactive
        arguments.tty = tty
    }
}
