import ArgumentParser
import Glibc
import IsorunArguments
import IsorunFrameworks
import IsorunModel
import IsorunProgress
import IsorunReporting
import IsorunRunner
import IsorunSuite
import IsorunSystem
import SystemPackage

/// `isorun suite`: the jobs of a suite file.
struct SuiteCommandLine: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "suite",
        abstract: "Run the jobs of a suite file.",
        discussion: """
            The file is YAML: version: 1, defaults, and jobs, each with a name and run (a line of the shell or a list \
            of words) or tests: {framework, path}. Every option of 'isorun run' is a field, in camelCase; besides: \
            needs, matrix, retries, env, artifacts. ${env:NAME} takes a variable of isorun's own environment, \
            ${matrix.NAME} one of the job's matrix.

            Packages of tests are built, and their tests listed, before any job runs; one that cannot be built is a \
            failure called JOB/[build failed]. A pattern that is a job's name, or begins with it and a slash, means \
            that job: nothing else is built than it and what it needs.

            Exit codes: 0 all passed; 1 at least one did not; 64 usage; 125 isorun failed; 130 interrupted.
            """
    )

    @Argument(help: "The suite file.")
    var file: String = "isorun.yml"

    @Argument(
        help: .init(
            "Jobs, and tests of jobs, that are wanted, by name, glob or /regular expression/. (default: all)",
            valueName: "pattern"
        )
    )
    var patterns: [String] = []

    @Option(help: .init("Jobs that are not wanted.", valueName: "pattern"))
    var skip: [String] = []

    @Option(
        help: .init("Run although this host cannot enforce a limit, or all; every report says so.", valueName: "limit")
    )
    var allowUnenforced: [String] = []

    @Flag(help: "Read and check the file, and run nothing.")
    var check = false

    @Flag(name: .customLong("list"), help: "Print the jobs and run none.")
    var isList = false

    @OptionGroup(title: "The run") var runner: RunnerOptions

    func run() throws {
        throw ExitCode(verb())
    }

    private func verb() -> Int32 {
        var reported = runner
        do throws(Failure) {
            let suite = try allowed(try read())
            reported = try AbsolutePaths.of(runner, reading: [file])
            let directory = directory
            let base = try PackageDirectory.enter(directory.string)
            try SuiteExamination.examine(suite, named: file, in: base)
            if check { return try told(suite) }
            return try run(suite, reported, from: directory, base)
        } catch {
            Say.raw(error.text.hasSuffix("\n") ? error.text : "isorun: \(error.text)\n")
            return EarlyEnd.report(error, reported)
        }
    }

    /// What one host lacks is no matter of the file, so it is asked for here too.
    private func allowed(_ suite: SuiteFile) throws(Failure) -> SuiteFile {
        guard !allowUnenforced.isEmpty else { return suite }
        var arguments = RunArguments()
        arguments.command = ["true"]
        arguments.allowUnenforced = allowUnenforced
        let permission = try Failure.usage { () throws(UsageError) in
            try arguments.resolve(workingDirectory: "/").job.allowUnenforced
        }
        var suite = suite
        for index in suite.jobs.indices {
            suite.jobs[index].spec.allowUnenforced = suite.jobs[index].spec.allowUnenforced.union(permission)
        }
        return suite
    }

    private func read() throws(Failure) -> SuiteFile {
        let bytes: [UInt8]
        do throws(SystemError) { bytes = try SmallFile.readWhole(FilePath(file), limit: 16 << 20) } catch {
            throw unreadable(error)
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Failure(text: "\(file): it is not UTF-8", code: 64)
        }
        do throws(SuiteProblems) {
            return try SuiteReader.read(
                text,
                name: file,
                directory: directory,
                frameworks: Frameworks.all.map(\.name),
                isDirectory: Self.mayBeDirectory
            ) { Environment.value($0) }
        } catch {
            let shown = error.all.prefix(20).map { "\($0)\n" }.joined()
            let more = error.all.count > 20 ? "and \(error.all.count - 20) more\n" : ""
            throw Failure(text: shown + more, code: 64)
        }
    }

    private func unreadable(_ error: SystemError) -> Failure {
        if error.errno == .fileTooLarge {
            return Failure(text: "\(file): it is longer than 16 MiB, which no suite file may be", code: 64)
        }
        let usual = "isorun.yml"
        let hasUsual = unsafe access(usual, R_OK) == 0
        let isJob = error.errno == .noSuchFileOrDirectory && file != usual && hasUsual
        let again = "isorun suite \(usual) \(TerminalText.escape(ShellWord.quoted(file)))"
        let hint = isJob ? "; to run a job of that name: \(again)" : ""
        return Failure(text: "cannot read \(TerminalText.escape(file)): \(error.errno.text)\(hint)", code: 64)
    }

    /// What cannot be looked at is told by whoever needs it, with the reason.
    private static func mayBeDirectory(_ path: FilePath) -> Bool {
        var status = stat()
        let result = unsafe path.withPlatformString { unsafe stat($0, &status) }
        return result == 0 ? status.st_mode & S_IFMT == S_IFDIR : ![ENOENT, ENOTDIR].contains(errno)
    }

    // Absolute, with every link resolved.
    private var directory: FilePath {
        let parent = FilePath(file).removingLastComponent()
        guard let path = unsafe realpath(parent.isEmpty ? "." : parent.string, nil) else { return "/" }
        defer { unsafe free(path) }
        return unsafe FilePath(platformString: path)
    }

    /// What `--check` says of a suite that nothing is wrong with.
    private func told(_ suite: SuiteFile) throws(Failure) -> Int32 {
        if suite.jobs.isEmpty && !runner.allowEmpty {
            throw Failure(text: "\(file): the suite has no jobs; with --allow-empty that is no error", code: 1)
        }
        return Say.output("\(file): \(suite.jobs.count) job\(suite.jobs.count == 1 ? "" : "s"), nothing wrong\n")
    }

    /// What runs one job again as it ran here.
    private var again: String {
        let permissions = allowUnenforced.map { " --allow-unenforced \(ShellWord.quoted("\($0)"))" }.joined()
        return "isorun suite \(ShellWord.quoted(file))\(runner.leaks == .fail ? " --leaks fail" : "")\(permissions)"
    }

    // `directory` is the file's, and `base` the same as this process sees it, which is there now.
    private func run(
        _ suite: SuiteFile,
        _ options: RunnerOptions,
        from directory: FilePath,
        _ base: String
    ) throws(Failure) -> Int32 {
        let subject = directory.appending(FilePath(file).lastComponent?.string ?? file).string
        let filter = try Failure.usage { () throws(TestFilter.FilterError) in try TestFilter(patterns, skipping: skip) }
        let state = StateDirectory(of: subject)
        let workspace = try Workspace()
        defer { workspace.remove() }
        var plan = SuitePlanning(
            options: options,
            times: state?.times ?? [:],
            workspace: workspace,
            directory: base,
            onlyLists: isList
        )
        let failed = runner.failed ? try LastFailures.names(state) : nil
        if !isList, !runner.resume {
            try AbsolutePaths.removeFormer(options)
            if suite.jobs.contains(where: { $0.tests != nil }) { state?.retire() }
        }
        try plan.add(suite, filter)
        for part in filter.parts where !plan.units.contains(where: { $0.isWanted(by: part.filter) }) {
            // A package may have no tests.
            guard !suite.jobs.contains(where: { $0.name == part.text }) else { continue }
            Say.unmatched(part.text, "jobs")
        }
        let added = plan.select(filter, failed: failed)
        if !skip.isEmpty, let name = added.first {
            let others = added.count == 1 ? "" : " and \(added.count - 1) more"
            Say.error("note: \(TerminalText.escape(name, limit: 200))\(others) will run: what is to run needs it")
        }
        if plan.units.isEmpty && !runner.allowEmpty && !isList {
            let why =
                suite.jobs.isEmpty
                ? "the suite has no jobs"
                : runner.failed
                    ? "none of the suite's jobs that were asked for failed when they were last run"
                    : "none of the suite's jobs is one that was asked for"
            let text = "\(why); with --allow-empty that is no error"
            state?.restore()
            throw Failure(text: text, code: 1, events: EarlyEnd.events("jobs", text))
        }
        let session = RunSession(
            units: plan.units,
            items: plan.items,
            options: options,
            again: again,
            isFiltered: !patterns.isEmpty || !skip.isEmpty,
            state: state,
            workspace: workspace
        )
        return isList ? session.list() : session.run()
    }
}
