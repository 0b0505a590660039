public import ArgumentParser

/// Every option of `run`, and the command.
///
/// The groups stand here and in ``PlanOptions`` without one around them: in debug builds ArgumentParser's checks of
/// its declarations take five times as long for each level.
public struct RunOptions: ParsableArguments {
    @OptionGroup(title: "Limits") var limits: LimitOptions
    @OptionGroup(title: "File system") var filesystem: FilesystemOptions
    @OptionGroup(title: "Process") var process: ProcessOptions
    @OptionGroup(title: "Streams") var streams: StreamOptions
    @OptionGroup(title: "Results") var collection: CollectionOptions
    @OptionGroup(title: "Reports") var reports: ReportOptions
    @OptionGroup var command: CommandArguments

    /// Makes the declarations, for ArgumentParser to fill.
    public init() {}

    /// Sees to it that there is a command, where no image has one.
    public func validate() throws { try command.validate(with: filesystem) }

    /// The options as they were written.
    public var arguments: RunArguments {
        var arguments = RunArguments()
        limits.apply(to: &arguments)
        filesystem.apply(to: &arguments)
        process.apply(to: &arguments)
        streams.apply(to: &arguments)
        collection.apply(to: &arguments)
        reports.apply(to: &arguments)
        command.apply(to: &arguments)
        return arguments
    }
}

/// The options of `plan`: those of `run` without its reports, and the command.
public struct PlanOptions: ParsableArguments {
    @OptionGroup(title: "Limits") var limits: LimitOptions
    @OptionGroup(title: "File system") var filesystem: FilesystemOptions
    @OptionGroup(title: "Process") var process: ProcessOptions
    @OptionGroup(title: "Streams") var streams: StreamOptions
    @OptionGroup(title: "Results") var collection: CollectionOptions
    @OptionGroup var command: CommandArguments

    /// Makes the declarations, for ArgumentParser to fill.
    public init() {}

    /// Sees to it that there is a command, where no image has one.
    public func validate() throws { try command.validate(with: filesystem) }

    /// The options as they were written.
    public var arguments: RunArguments {
        var arguments = RunArguments()
        limits.apply(to: &arguments)
        filesystem.apply(to: &arguments)
        process.apply(to: &arguments)
        streams.apply(to: &arguments)
        collection.apply(to: &arguments)
        command.apply(to: &arguments)
        return arguments
    }
}
