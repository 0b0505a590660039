public import ArgumentParser
public import IsorunModel

/// The options of `run` that every job of a suite can have, and no command.
public struct JobOptions: ParsableArguments {
    @OptionGroup(title: "Limits of each job") var limits: LimitOptions
    @OptionGroup(title: "File system of each job") var filesystem: FilesystemOptions
    @OptionGroup(title: "Process of each job") var process: ProcessOptions

    /// Makes the declarations, for ArgumentParser to fill.
    public init() {}

    /// The options as they were written, with a command.
    public func arguments(command: [ByteString]) -> RunArguments {
        var arguments = RunArguments()
        limits.apply(to: &arguments)
        filesystem.apply(to: &arguments)
        process.apply(to: &arguments)
        arguments.command = command
        return arguments
    }
}
