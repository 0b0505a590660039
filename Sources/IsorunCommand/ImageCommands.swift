internal import ArgumentParser

// Commands about images: the program isorun-image takes over before these declarations are read; they are for the help.

/// `isorun image`.
struct ImageCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "image",
        abstract: "Import, list, inspect, export and remove images; isorun image --help tells more."
    )
    @Argument(parsing: .captureForPassthrough, help: "What isorun image --help lists.")
    var arguments: [String] = []
}
