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
            The package is built once in a container, which has an hour for it, or --timeout where that is longer; what \
            the build wrote lies read-only under every test's own. \
            Frameworks are told from the files: swift (XCTest and Swift Testing), cargo, go, pytest, ctest, tap; \
            googletest and exec have to be asked for.

            A PATTERN is a name (of a test, of what it belongs to, or both with a slash between; modules before it may \
            be left out; or as the framework itself calls it), a glob over such a name, or a /regular expression/ to be \
            found in the whole one.

            Exit codes: 0 all passed; 1 at least one did not; 64 usage; 125 isorun failed; 130 interrupted.
            """
    )

    @Argument(help: "The package's directory.")
    var path: String = "."

    @Argument(help: .init("Tests that are wanted. (default: all)", valueName: "pattern"))
    var patterns: [String] = []

    @Option(help: .init("Tests that are not wanted.", valueName: "pattern"))
    var skip: [String] = []

    @Option(help: .init("swift, cargo, go, pytest, ctest, googletest, tap or exec.", valueName: "name"))
    var framework: String?

    @Option(
        help: .init(
            "What shares a container: each test has its own, or a case, a file, all.",
            valueName: "unit"
        )
    )
    var per = Sharing.test

    @Flag(name: .customLong("list"), help: "Print the tests and run none.")
    var isList = false

    @Flag(help: "Keep the build directory for the next run with the same options.")
    var buildCache = false

    @Option(help: .init("The network that the build sees: none or host.", valueName: "network"))
    var buildNetwork: String = "none"

    @Option(
        help: .init(
            "exec, googletest, tap, ctest: a line of the shell that builds, within an hour or --timeout, whichever is longer.",
            valueName: "line"
        )
    )
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
        var reported = runner
        do throws(Failure) {
            let options = try AbsolutePaths.of(runner)
            reported = options
            // Paths of options are the caller's, as those of reports are, whatever package is named.
            let caller = FilePath(try PackageDirectory.current())
            let directory = try PackageDirectory.enter(path)
            let filter = try Failure.usage { () throws(TestFilter.FilterError) in
                try TestFilter(patterns, skipping: skip)
            }
            let base = try Failure.usage { () throws(UsageError) in
                try job.arguments(command: ["true"]).resolve(workingDirectory: caller, isOneOfMany: true)
                    .job
            }
            let workspace = try Workspace()
            defer { workspace.remove() }
            let finder = PackageFinder(
                framework: framework,
                templates: templates,
                programs: program,
                base: base,
                buildNetwork: buildNetwork == "host" ? .host : .none,
                keepsBuild: buildCache,
                workspace: workspace,
                quiet: runner.quiet || isList,
                onlyLists: isList
            )
            let state = StateDirectory(of: directory)
            let failed = runner.failed ? try LastFailures.names(state) : nil
            if !isList, !runner.resume {
                try AbsolutePaths.removeFormer(options)
                state?.retire()
            }
            let found = try finder.find(in: directory)
            var tests = filter.select(found.found.tests)
            for pattern in filter.unmatched(by: found.found.tests) { Say.unmatched(pattern, "tests") }
            if let failed { tests.removeAll { !LastFailures.includes($0.fullName, failed) } }
            if tests.isEmpty && !runner.allowEmpty && !isList {
                state?.restore()
                throw empty(found.found.tests.count, of: found.framework.name)
            }
            let session = Self.session(
                tests,
                found,
                per,
                options,
                again: AgainCommand.line(of: Array(ProcessArguments.words.dropFirst())),
                isFiltered: !patterns.isEmpty || !skip.isEmpty,
                state: state,
                workspace: workspace
            )
            return isList ? session.list() : session.run()
        } catch {
            Say.error(error.text)
            return EarlyEnd.report(error, reported)
        }
    }

    private var templates: ExecTemplates {
        ExecTemplates(build: build, list: listCommand, run: runCommand)
    }

    private func empty(_ all: Int, of framework: String) -> Failure {
        let why =
            all == 0
            ? "the package has no tests that \(framework) knows of"
            : runner.failed
                ? "none of the \(all) tests that were asked for failed when they were last run"
                : "none of the \(all) tests is one that was asked for"
        let text = "\(why); with --allow-empty that is no error"
        return Failure(text: text, code: 1, events: EarlyEnd.events("tests", text))
    }

    private static func session(
        _ tests: [TestID],
        _ found: PackageFinder.Result,
        _ per: Sharing,
        _ options: RunnerOptions,
        again: String,
        isFiltered: Bool,
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
            noun: "test",
            isFiltered: isFiltered,
            state: state,
            workspace: workspace
        )
    }
}

extension Sharing: ExpressibleByArgument {}
