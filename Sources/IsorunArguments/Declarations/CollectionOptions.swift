public import ArgumentParser
import IsorunModel

/// What is kept of a job beside its output.
public struct CollectionOptions: ParsableArguments {
    @Option(help: .init("Of the job, in reports. (default: derived from the command)", valueName: "name"))
    var name: String?

    @Option(
        help: .init(
            "Copy files the job wrote out of the container at its end, whatever its outcome.",
            valueName: "pattern[:dest]"
        )
    )
    var artifact: [String] = []

    @Option(
        help: .init("Write the list of every path the job added, changed or deleted (A, M, D).", valueName: "file"),
        completion: .file()
    )
    var writes: String?

    @Option(
        name: .customLong("collect-junit"),
        help: .init("Check the JUnit files the job itself wrote, and merge them into --junit.", valueName: "pattern")
    )
    var collectJUnit: [String] = []

    /// Makes the declarations, for ArgumentParser to fill.
    public init() {}

    func apply(to arguments: inout RunArguments) {
        arguments.name = name
        arguments.artifacts = artifact.map { .init($0) }
        arguments.writes = writes.map { .init($0) }
        arguments.collectJUnit = collectJUnit.map { .init($0) }
    }
}
