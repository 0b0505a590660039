internal import ArgumentParser

// Commands about images: the program isorun-image takes over before these declarations are read; they are for the help.

/// `isorun image`.
struct ImageCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "image",
        abstract: "Fetch, import, list, inspect, export and remove images; isorun image --help tells more."
    )
    @Argument(parsing: .captureForPassthrough, help: "What isorun image --help lists.")
    var arguments: [String] = []
}

/// `isorun login`.
struct LoginCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "login",
        abstract: "Keep credentials for a registry; isorun login --help tells more."
    )
    @Argument(parsing: .captureForPassthrough, help: "What isorun login --help lists.")
    var arguments: [String] = []
}

/// `isorun logout`.
struct LogoutCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logout",
        abstract: "Forget the credentials for a registry; isorun logout --help tells more."
    )
    @Argument(parsing: .captureForPassthrough, help: "What isorun logout --help lists.")
    var arguments: [String] = []
}
