import Glibc
import IsorunArguments
import IsorunFrameworks
import IsorunModel
import IsorunProgress
import IsorunReporting
import IsorunRunner
import IsorunSandbox
import IsorunSystem
import SystemPackage

/// Why a verb ends before anything runs.
struct Failure: Error {
    var text: String
    var code: Int32
    /// What the reports are to say of it.
    var events: [SuiteEvent] = []

    /// Takes over an error of the command line.
    static func usage<Value, Problem: Error>(_ body: () throws(Problem) -> Value) throws(Failure) -> Value {
        do throws(Problem) { return try body() } catch { throw Failure(text: "\(error)", code: 64) }
    }

    /// Takes over an error of the host.
    static func own<Value>(_ body: () throws(SystemError) -> Value) throws(Failure) -> Value {
        do throws(SystemError) { return try body() } catch { throw Failure(text: "\(error)", code: 125) }
    }
}

/// The directory of the package or suite, which this process goes to: jobs start in it.
enum PackageDirectory {
    static func enter(_ path: String) throws(Failure) -> String {
        guard unsafe chdir(path) == 0 else {
            let isFile = errno == ENOTDIR
            let answer = unsafe String(cString: strerror(errno))
            let hint = isFile ? "; what is in a package is asked for behind it, as in: isorun test . PATTERN" : ""
            throw Failure(text: "cannot go to \(TerminalText.escape(path)): \(answer)\(hint)", code: 64)
        }
        return try current()
    }

    /// Where this process is.
    static func current() throws(Failure) -> String {
        guard let current = unsafe getcwd(nil, 0) else {
            throw Failure(text: "cannot tell the working directory", code: 125)
        }
        defer { unsafe free(current) }
        return unsafe String(cString: current)
    }
}

/// Report paths that are still right after this process has gone to another directory.
enum AbsolutePaths {
    /// Removes the reports of a former run, once it is certain that this one begins.
    static func removeFormer(_ options: RunnerOptions) throws(Failure) {
        do throws(ReportingError) { try options.reports.removeFormer() } catch {
            throw Failure(text: "\(error)", code: 125)
        }
    }

    /// The options with such paths; no report may take the place of `inputs`, which the run reads.
    static func of(_ options: RunnerOptions, reading inputs: [String] = []) throws(Failure) -> RunnerOptions {
        let current = unsafe getcwd(nil, 0)
        defer { unsafe free(current) }
        let base = unsafe current.map { unsafe String(cString: $0) } ?? "/"
        func absolute(_ path: String?) -> String? {
            path.map { $0 == "-" || $0.hasPrefix("/") ? $0 : base + "/" + $0 }
        }
        let paths = ReportPaths(
            junit: absolute(options.junit),
            json: absolute(options.json),
            events: absolute(options.events)
        )
        let times = absolute(options.times)
        if let times, unsafe access(times, R_OK) != 0 {
            throw Failure(text: "--times: cannot read \(times): \(Errno(rawValue: errno).text)", code: 64)
        }
        let read = inputs.compactMap(absolute) + [times].compactMap(\.self)
        do throws(ReportingError) { try paths.check(reading: read) } catch {
            throw Failure(text: "\(error)", code: error.kind == .usage ? 64 : 125)
        }
        var options = options
        (options.junit, options.json, options.events) = (paths.junit, paths.json, paths.events)
        options.times = times
        return options
    }
}

/// Finds the framework of a package, builds it and lists its tests.
struct PackageFinder {
    var framework: String?
    var templates = ExecTemplates()
    var programs: [String] = []
    var base: JobSpec
    var buildNetwork = NetworkMode.none
    var keepsBuild = false
    var workspace: Workspace
    var quiet = false
    /// Whether nothing is to run after the list.
    var onlyLists = false
    /// The job of a suite whose tests they are.
    var job: String?

    /// What was found.
    struct Result {
        var framework: any Framework
        var package: Package
        var found: PackageTests.Found
        /// Held for as long as tests lie over it.
        var cache: BuildCache?
    }

    func find(in directory: String, name: String = "build") throws(Failure) -> Result {
        let names = try Failure.own { () throws(SystemError) in try HeldDirectory(host: FilePath(directory)).names() }
        var package = Package(directory: directory, files: Set(names))
        package.templates = templates
        package.programs = programs.map { $0.hasPrefix("/") || $0.hasPrefix("./") ? $0 : "./" + $0 }
        guard let chosen = Self.framework(framework, of: package) else {
            throw Failure(text: Self.unknown(directory, asking: "--framework"), code: 64)
        }
        let empty = EmptyPlaces.ofHost
        if let problem = EmptyPackage.problem(of: FilePath(directory), seen: base.filesystem, places: empty) {
            throw Failure(text: problem, code: 64)
        }
        tellOthers(than: chosen, package)
        try checkTemplates(chosen, package)
        let cache = keepsBuild ? cache(chosen, package) : nil
        var base = base
        base.filesystem.volumes += FilesAbove.ofHost.volumes(
            named: chosen.filesAbove,
            above: FilePath(directory),
            for: base.filesystem
        )
        let tests = PackageTests(
            package: package,
            framework: chosen,
            base: base,
            buildNetwork: buildNetwork,
            cache: cache,
            layers: try workspace.layers(name),
            workspace: workspace,
            quiet: quiet,
            onlyLists: onlyLists,
            job: job
        )
        do throws(PackageTests.Problem) {
            return Result(framework: chosen, package: package, found: try tests.find(), cache: cache)
        } catch {
            throw Failure(text: error.text, code: error.code, events: error.events)
        }
    }

    /// What is said of a package of which nobody knows whose tests it has.
    static func unknown(_ directory: String, asking option: String) -> String {
        let names = Frameworks.all.map(\.name).joined(separator: ", ")
        return "\(directory) is no package of a framework that is known; \(option) takes: \(names)"
    }

    /// Whose tests a package has: what was asked for, or what its files tell.
    static func framework(_ framework: String?, of package: Package) -> (any Framework)? {
        if let framework { return Frameworks.all.first { $0.name == framework } }
        if ExecFramework().detect(package) { return ExecFramework() }
        if let told = Frameworks.all.first(where: { $0.detect(package) }) { return told }
        return hasOnlyTests(package) ? PytestFramework() : nil
    }

    // A pass says nothing of tests that nobody knows were there.
    private func tellOthers(than chosen: any Framework, _ package: Package) {
        guard framework == nil, !quiet, chosen.name != "exec" else { return }
        let others = Frameworks.all.filter { $0.name != chosen.name && $0.detect(package) }.map(\.name)
        guard let first = others.first else { return }
        let names = others.joined(separator: " and ")
        let whose = job.map { "\(TerminalText.escape($0, limit: 200)): " } ?? ""
        Say.error(
            "note: \(whose)the package looks like one of \(names) too; here run the tests of \(chosen.name), "
                + "and with --framework \(first) those"
        )
    }

    // Nothing at the top tells of pytest, and its tests lie where they mostly do: a package of another framework may have
    // such tools, too, so this is asked last.
    private static func hasOnlyTests(_ package: Package) -> Bool {
        ["tests", "test"].contains { name in
            let directory = FilePath(package.directory).appending(name)
            let names = (try? HeldDirectory(host: directory).names()) ?? []
            return names.contains { $0.hasPrefix("test_") && $0.hasSuffix(".py") }
        }
    }

    private func checkTemplates(_ framework: any Framework, _ package: Package) throws(Failure) {
        if framework.name == "exec", package.templates.list == nil || package.templates.run == nil {
            throw Failure(text: "exec needs --list-command and --run-command", code: 64)
        }
        if framework.name == "exec", let problem = package.templates.problem {
            let line = TerminalText.escape(package.templates.run ?? "", limit: 400)
            throw Failure(text: "the command that runs a test, \(line): \(problem)", code: 64)
        }
        if framework.name == "googletest", package.programs.isEmpty {
            throw Failure(text: "googletest needs --program; for example: --program build/unit_tests", code: 64)
        }
    }
}

/// Makes units and items of tests.
enum UnitMaker {
    static func units(
        _ tests: [TestID],
        _ found: PackageFinder.Result,
        per: Sharing,
        prefix: String,
        times: [String: Duration],
        cpus: Double
    ) -> ([WorkUnit], [RunItem]) {
        let base = found.found.base
        let groups = per.groups(of: tests).flatMap { Self.fitting($0, found) }
        let units = groups.map { group in
            WorkUnit(
                .tests(
                    .init(
                        framework: found.framework,
                        package: found.package,
                        tests: group,
                        base: base,
                        prefix: prefix
                    )
                )
            )
        }
        let claims = base.portClaims
        let items = units.map { unit in
            let known = unit.names.compactMap { times[$0] }
            var item = RunItem(
                name: unit.names[0],
                memory: base.limits.memory?.bytes,
                cpus: base.limits.cpus ?? cpus,
                expected: known.isEmpty ? nil : known.reduce(.zero, +)
            )
            item.claims = claims
            return item
        }
        return (units, items)
    }

    // execve(2) takes no more of all arguments than a fourth of the stack's limit, which is 8 MiB: names that need more go
    // into several containers.
    private static let allArguments = 1 << 20

    private static func fitting(_ tests: [TestID], _ found: PackageFinder.Result) -> [[TestID]] {
        let sizes = found.framework.run(tests, found.package).arguments.map(\.utf8.count)
        let fits =
            sizes.allSatisfy { $0 <= found.framework.longestArgument }
            && sizes.reduce(0, +) + 9 * sizes.count <= allArguments
        guard !fits, tests.count > 1 else { return [tests] }
        let half = tests.count / 2
        return [Array(tests[..<half]), Array(tests[half...])].flatMap { fitting($0, found) }
    }
}
