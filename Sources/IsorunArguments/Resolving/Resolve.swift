import IsorunModel
public import SystemPackage

extension RunArguments {
    /// Understands the options, or says which one cannot be meant.
    ///
    /// What only the host can tell, such as whether a volume's source exists, is left to the planner. Nothing is read
    /// but the files of `--env-file`.
    ///
    /// - Parameters:
    ///   - workingDirectory: The absolute path from which relative ones are read.
    ///   - isOneOfMany: whether the job's reports become part of a suite's, which this knows nothing of.
    /// - Returns: The job and its reports.
    /// - Throws: The first error found.
    public func resolve(workingDirectory: FilePath, isOneOfMany: Bool = false) throws(UsageError) -> RunRequest {
        var job = JobSpec(command: try resolveCommand())
        job.name = try resolveName()
        job.limits = try resolveLimits()
        job.allowUnenforced = try resolvePermission()
        job.filesystem = try resolveFilesystem(from: workingDirectory)
        job.process = try resolveProcess(from: workingDirectory)
        job.untrusted = untrusted
        try resolveNetwork(into: &job)
        job.streams.interactive = interactive
        job.streams.terminal = tty
        job.streams.detached = detach
        job.collection = try resolveCollection(from: workingDirectory)
        let reports = try resolveReports(from: workingDirectory)
        try checkReportFiles(reports, writes: job.collection.writes)
        if let pattern = collectJUnit.first, reports.junit == nil, reports.events == nil, !isOneOfMany {
            let hint = "name that report: --junit FILE, or --events FILE"
            throw OptionValue("--collect-junit", pattern).refused("has no report to be merged into", hint: hint)
        }
        try checkDetached()
        var request = RunRequest(job: job, reports: reports)
        request.removesRecord = remove
        request.logOptions = logOptions
        return request
    }

    private func resolveCommand() throws(UsageError) -> [ByteString] {
        // Which is then looked up in the image's configuration.
        if image != nil, command.isEmpty { return [] }
        guard let program = command.first else {
            throw UsageError(option: "command", problem: "there is none", hint: "for example: isorun -- swift test")
        }
        guard !program.bytes.isEmpty else {
            throw UsageError(
                option: "command",
                problem: "\"\" is not a program",
                hint: "perhaps a variable of the shell is empty"
            )
        }
        return command
    }

    private func resolveName() throws(UsageError) -> String? {
        guard let name else { return nil }
        let printable = name.unicodeScalars.allSatisfy { $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) }
        guard printable, name.contains(where: { !$0.isWhitespace }) else {
            throw OptionValue("--name", name).refused("is not a name that a report can carry", example: "unit-tests")
        }
        return name
    }
}
