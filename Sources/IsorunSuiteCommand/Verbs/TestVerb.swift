public import ArgumentParser
import Glibc
import IsorunArguments
public import IsorunFrameworks
import IsorunModel
import IsorunProgress
import IsorunRunner
import IsorunSystem
import SystemPackage

/// `isorun test`: every test of a package in a container of its own.
struct TestCommandLine: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Find the tests of the package at PATH and run every test in a container of its own.",
        discussion: """
            The package is built once in a container; what the build wrote lies read-only under every test's own. \
            Frameworks are told from the files: swift (XCTest and Swift Testing), cargo, go, pytest, ctest, tap; \
            googletest and exec have to be asked for.

            A PATTERN is a name (of a test, of what it belongs to, or both with a slash between), a glob over the \
            whole name, or a /regular expression/.

            Exit codes: 0 all passed; 1 at least one did not; 64 usage; 125 isorun failed; 130 interrupted.
            """
    )

    @Argument(help: "The package's directory. (default: the current one)")
    var path: String = "."

    @Argument(help: .init("Tests that are wanted. (default: all)", valueName: "pattern"))
    var patterns: [String] = []

    @Option(help: .init("Tests that are not wanted.", valueName: "pattern"))
    var skip: [String] = []

    @Option(help: .init("swift, cargo, go, pytest, ctest, googletest, tap or exec.", valueName: "name"))
    var framework: String?

    @Option(
        help: .init(
            "What shares a container: each test has its own, or a case, a file, all. (default: test)",
            valueName: "unit"
        )
    )
    var per = Sharing.test

    @Flag(name: .customLong("list"), help: "Print the tests and run none.")
    var isList = false

    @Flag(help: "Keep the build directory for the next run.")
    var buildCache = false

    @Option(help: .init("The network that the build sees: none or host. (default: none)", valueName: "network"))
    var buildNetwork: String = "none"

    @Option(help: .init("exec, googletest, tap, ctest: a line of the shell that builds.", valueName: "line"))
    var build: String?

    @Option(help: .init("exec: a line of the shell that prints a test on each line.", valueName: "line"))
    var listCommand: String?

    @Option(help: .init("exec: a line of the shell that runs the test {}.", valueName: "line"))
    var runCommand: String?

    @Option(help: .init("googletest, tap: a test program, from the package's directory.", valueName: "path"))
    var program: [String] = []

    @OptionGroup(title: "The run") var runner: RunnerOptions
    @OptionGroup var job: JobOptions

    func validate() throws {
        if !["none", "host"].contains(buildNetwork) {
            throw ValidationError("--build-network: \"\(buildNetwork)\" is neither none nor host")
        }
        if let framework, !Frameworks.all.contains(where: { $0.name == framework }) {
            let names = Frameworks.all.map(\.name).joined(separator: ", ")
            throw ValidationError("--framework: there is no \"\(framework)\"; there are: \(names)")
        }
    }

    func run() throws {
        throw ExitCode(verb())
    }

    private func verb() -> Int32 {
        do throws(Failure) {
            let options = try AbsolutePaths.of(runner)
            let directory = try PackageDirectory.enter(path)
            let filter = try Failure.usage { () throws(TestFilter.FilterError) in
                try TestFilter(patterns, skipping: skip)
            }
            let base = try Failure.usage { () throws(UsageError) in
                try job.arguments(command: ["true"]).resolve(workingDirectory: FilePath(directory)).job
            }
            let workspace = try Workspace()
            let finder = PackageFinder(
                framework: framework,
                templates: templates,
                programs: program,
                base: base,
                buildNetwork: buildNetwork == "host" ? .host : .none,
                keepsBuild: buildCache,
                workspace: workspace,
                quiet: runner.quiet || isList
            )
            let found = try finder.find(in: directory)
            var tests = filter.select(found.found.tests)
            let state = StateDirectory(of: directory)
            if runner.failed { tests = try LastFailures.select(tests, state) }
            if isList { return Self.list(tests) }
            guard !tests.isEmpty else { return try empty(found.found.tests.count) }
            let session = Self.session(
                tests,
                found,
                per,
                options,
                again: again(directory),
                state: state,
                workspace: workspace
            )
            return session.run()
        } catch {
            Say.error(error.text)
            return error.code
        }
    }

    private var templates: ExecTemplates {
        var templates = ExecTemplates()
        templates.build = build
        templates.list = listCommand
        templates.run = runCommand
        return templates
    }

    private func again(_ directory: String) -> String {
        var words = ["isorun", "test", path]
        for (option, value) in [
            ("--framework", framework), ("--build", build), ("--list-command", listCommand),
            ("--run-command", runCommand),
        ] {
            if let value { words += [option, value] }
        }
        for path in program { words += ["--program", path] }
        if buildCache { words.append("--build-cache") }
        if buildNetwork != "none" { words += ["--build-network", buildNetwork] }
        return words.map(ShellWord.quoted).joined(separator: " ")
    }

    private func empty(_ all: Int) throws(Failure) -> Int32 {
        if runner.allowEmpty { return 0 }
        let why = all == 0 ? "the package has no tests" : "none of the \(all) tests is one that was asked for"
        throw Failure(text: "\(why); with --allow-empty that is no error", code: 1)
    }

    private static func list(_ tests: [TestID]) -> Int32 {
        for test in tests { print(test.fullName) }
        return 0
    }

    private static func session(
        _ tests: [TestID],
        _ found: PackageFinder.Result,
        _ per: Sharing,
        _ options: RunnerOptions,
        again: String,
        state: StateDirectory?,
        workspace: Workspace
    ) -> RunSession {
        let (units, items) = UnitMaker.units(
            tests,
            found,
            per: per,
            prefix: "",
            times: state?.times ?? [:],
            cpus: options.cpus(options.policy)
        )
        return RunSession(
            units: units,
            items: items,
            options: options,
            again: again,
            state: state,
            scratch: workspace.scratch
        )
    }
}

extension Sharing: ExpressibleByArgument {}
