import Glibc
import Isorun
import IsorunFrameworks
import IsorunModel
import IsorunProgress
import IsorunReporting
import IsorunSandbox
import IsorunSystem
import SystemPackage

/// Finds the tests of a package: builds it once in a container, keeps what that wrote as a layer, and asks for the list.
struct PackageTests {
    var package: Package
    var framework: any Framework
    /// The job's options, without a command.
    var base: JobSpec
    /// What the build may see of the network.
    var buildNetwork = NetworkMode.none
    /// The build directory that outlives the run, where one was asked for.
    var cache: BuildCache?
    var layers: FilePath
    var workspace: Workspace
    var quiet = false
    /// Whether nothing is to run after the list.
    var onlyLists = false
    /// The job of a suite whose tests they are.
    var job: String?

    /// What was found, and what every test's container needs to have below it.
    struct Found {
        var tests: [TestID]
        var base: JobSpec
    }

    /// Why there are no tests.
    struct Problem: Error {
        var text: String
        /// The exit code: 1 where it is the package's fault.
        var code: Int32 = 1
        /// What the reports are to say of it.
        var events: [SuiteEvent] = []
    }

    /// Builds and lists.
    func find() throws(Problem) -> Found {
        try checkTool()
        var spec = base
        let built = try build(&spec)
        var tests: [TestID] = []
        let commands = framework.list(package, built: built)
        // What containers share takes 15 ms to end, and does so beside the last of them where that is known.
        if onlyLists { workspace.commons.expect(commands.count) }
        for command in commands {
            let job = try runCommand([command], spec, report: command.report)
            if let code = command.emptyExitCode, job.finished.result.exitCode == code { continue }
            guard job.finished.result.outcome == .passed else {
                throw failure("the command that lists the tests did not pass", command, job.finished)
            }
            do throws(ListError) {
                tests += try framework.tests(in: job.report ?? job.finished.stdout.head, of: command)
            } catch {
                throw listProblem(TerminalText.escape(error.description, limit: 400))
            }
            if job.finished.stdout.omitted > 0 {
                throw listProblem("the list of tests is longer than \(Self.listBytes) bytes")
            }
        }
        tests = framework.distinguish(tests)
        try refuseDuplicates(tests)
        return Found(tests: tests, base: spec)
    }

    private func checkTool() throws(Problem) {
        guard let tool = framework.tool else { return }
        let path = Environment.value("PATH") ?? "/usr/bin:/bin"
        let isThere = path.split(separator: ":").contains { unsafe access("\($0)/\(tool.program)", X_OK) == 0 }
        guard !isThere else { return }
        throw listProblem("there is no \(tool.program) in PATH; \(tool.hint)")
    }

    private func refuseDuplicates(_ tests: [TestID]) throws(Problem) {
        var seen: [String: String] = [:]
        for test in tests {
            guard let other = seen.updateValue(test.runner, forKey: test.fullName) else { continue }
            let name = TerminalText.escape(test.fullName)
            let place =
                other == test.runner
                ? "twice" : "in \(TerminalText.escape(other)) and in \(TerminalText.escape(test.runner))"
            throw listProblem("the test \(name) is listed \(place); a result could be either's")
        }
    }

    // MARK: The build

    private func build(_ spec: inout JobSpec) throws(Problem) -> BuiltFiles {
        let commands = framework.build(package)
        guard !commands.isEmpty else { return BuiltFiles() }
        if !quiet { Say.raw("building: \(Self.shown(commands[0]))\n") }
        var build = spec
        build.limits.timeout = Self.buildTimeout(spec.limits.timeout)
        build.network = buildNetwork
        build.collection.layers = layers
        build.filesystem.volumes += try beginBuild()
        let job = try runCommand(commands, build, report: nil).finished
        cache?.end(job.result)
        guard job.result.outcome == .passed else { throw failure("the build did not pass", commands[0], job) }
        if let failure = job.layersFailure { throw unkept(failure, commands[0], job) }
        if !quiet { Say.raw("built in \(job.result.duration.text)\n") }
        if !quiet, let leftOut = job.leftOut { Say.error("note: \(TerminalText.escape(leftOut, limit: 2000))") }
        spec.filesystem.layers = job.layers
        if let cache { spec.filesystem.views += cache.volumes(writable: false) }
        let lines = String(decoding: job.stdout.head, as: UTF8.self).split(separator: "\n").map(String.init)
        return BuiltFiles(lines: lines)
    }

    private static func shown(_ command: TestCommand) -> String {
        let line = command.title ?? command.arguments.joined(separator: " ")
        let first = line.prefix { $0 != "\n" }.prefix(100)
        return TerminalText.escape(String(first)) + (first.count < line.count ? " …" : "")
    }

    private func failure(_ what: String, _ command: TestCommand, _ job: FinishedJob) -> Problem {
        if job.result.outcome == .cancelled {
            return Problem(text: "\(title): \(what): the run was interrupted", code: 130, events: events(job))
        }
        let reason = job.result.reason.split(separator: "\n").map { TerminalText.escape(String($0), limit: 1000) }
        var hint = ""
        var text = "\(title): \(what): \(reason.joined(separator: "\n"))"
        for output in [job.stdout, job.stderr] {
            let tail = OutputText.render(output, limit: 1 << 14)
            for line in tail.split(separator: "\n").suffix(60) {
                text += "\n  " + TerminalText.escape(String(line), limit: 2000)
            }
        }
        if job.result.outcome == .failed, buildNetwork == .none, what.contains("build"), NetworkTrouble.isTold(in: text)
        {
            hint = "the build has no network; where it needs one: --build-network host"
            if let offline = framework.offlineHint { hint += "; \(offline)" }
            text += "\n  \(hint)"
        }
        let isOwn = job.result.outcome == .setupFailed && job.exitCode == 125
        var told = job
        told.result.reason = "\(what): \(job.result.reason)" + (hint.isEmpty ? "" : "; \(hint)")
        return Problem(text: text, code: isOwn ? 125 : 1, events: events(told))
    }

    private func events(_ job: FinishedJob) -> [SuiteEvent] {
        EarlyEnd.events(job.result, stdout: job.stdout.trimmed(to: 1 << 16), stderr: job.stderr.trimmed(to: 1 << 16))
    }

    /// A build that passed and of which nothing can be shown to the tests.
    private func unkept(_ failure: String, _ command: TestCommand, _ job: FinishedJob) -> Problem {
        var job = job
        (job.result.outcome, job.result.reason) = (.setupFailed, failure)
        var problem = self.failure("the build cannot be used", command, job)
        problem.code = 125
        return problem
    }

    private func interrupted() -> Problem {
        let text = "\(title): the run was interrupted"
        return Problem(text: text, code: 130, events: EarlyEnd.events(title, text))
    }

    private func listProblem(_ text: String) -> Problem {
        Problem(text: "\(title): \(text)", events: EarlyEnd.events("\(title): list", text))
    }

    /// Whose build and list it is: several jobs of a suite may have tests of the same framework.
    private var title: String {
        job.map { "\(TerminalText.escape($0, limit: 200)): \(framework.name)" } ?? framework.name
    }

    // MARK: Containers

    private static let listBytes = 32 << 20

    private func runCommand(
        _ commands: [TestCommand],
        _ spec: JobSpec,
        report: String?
    ) throws(Problem) -> (finished: FinishedJob, report: [UInt8]?) {
        var spec = spec
        spec.name =
            "\(title): \(commands.count > 1 || report == nil && commands[0].runner.isEmpty ? "build" : "list")"
        spec.command = Self.line(commands)
        for command in commands {
            spec.process.environment += command.environment.map {
                .init(name: ByteString($0.key), value: ByteString($0.value))
            }
        }
        let copy = workspace.scratch.appending("list")
        if let report {
            spec.collection.artifacts = []
            spec.collect(report: report, to: copy)
        }
        var runner = JobRunner()
        runner.onlookers = Onlookers(standardOutput: nil, standardError: nil)
        runner.onlookers.cancellation = workspace.interruption.cancellation
        runner.capturedBytes = Self.listBytes
        runner.commons = workspace.commons
        let job = runner.run(spec) { _ in }
        // Of a signal that came when its process had ended, its result says nothing.
        if workspace.interruption.isAsked, job.result.outcome != .cancelled { throw interrupted() }
        return (job, report.flatMap { _ in HostReport(taking: copy)?.lines })
    }

    /// One after another in one container; only what the last one prints is its output.
    private static func line(_ commands: [TestCommand]) -> [ByteString] {
        guard commands.count > 1 else { return commands[0].arguments.map { ByteString($0) } }
        let script = commands.enumerated().map { index, command in
            command.arguments.map(quoted).joined(separator: " ") + (index < commands.count - 1 ? " >&2" : "")
        }
        return ["/bin/sh", "-ec", ByteString(script.joined(separator: "\n"))]
    }

    private static func quoted(_ word: String) -> String {
        "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: #"'\''"#) + "'"
    }
}

/// Whether what a build says of its failure sounds like a network that is not there.
enum NetworkTrouble {
    // curl, git, go, cargo, pip and CMake among others say one of them.
    private static let words = [
        "network", "download", "resolve host", "name resolution", "lookup ", "dial tcp", "could not connect",
        "connection",
        "failed to fetch", "failed to clone", "unreachable", "--offline", "offline mode",
    ]

    static func isTold(in text: String) -> Bool {
        let text = text.lowercased()
        return words.contains { text.contains($0) }
    }
}
