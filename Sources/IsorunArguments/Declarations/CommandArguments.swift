public import ArgumentParser
import IsorunModel

/// The command that is run in the container.
public struct CommandArguments: ParsableArguments {
    @Argument(
        parsing: .captureForPassthrough,
        help: .init("The program and its arguments; put -- before it.", valueName: "command")
    )
    var words: [String] = []

    /// Makes the declarations, for ArgumentParser to fill.
    public init() {}

    /// Catches what ArgumentParser takes for the command because it stands where the command should begin.
    public func validate() throws {
        guard let first = words.first else { return }
        guard first != "--", first != "-", first.hasPrefix("-") else { return }
        if first == "--help" || first == "-h" { throw CleanExit.helpRequest() }
        let name = String(first.prefix { $0 != "=" })
        // ArgumentParser itself answers for what the command declares, so this one belongs to another.
        if RunOption.all.contains(where: { "--\($0.long)" == name }) {
            throw ValidationError("'\(name)' is an option of 'run' alone.")
        }
        let nearest = Suggestion.nearest(to: name, among: RunOption.all.map { "--\($0.long)" })
        throw ValidationError("Unknown option '\(first)'." + (nearest.map { " Did you mean '\($0)'?" } ?? ""))
    }

    /// Catches that there is none.
    func validate(with filesystem: FilesystemOptions) throws {
        guard filesystem.image == nil, words.isEmpty || words == ["--"] else { return }
        throw ValidationError("There is no command to run; for example: isorun -- swift test")
    }

    func apply(to arguments: inout RunArguments) {
        arguments.command = words.dropFirst(words.first == "--" ? 1 : 0).map { .init($0) }
    }
}
