import Isorun
import IsorunArguments
import IsorunFrameworks
import IsorunModel
import IsorunReporting
import IsorunSuite
import IsorunSystem
import SystemPackage

/// What only this host knows about a suite's jobs, looked at before any of them runs: directories and sources that are
/// not there, ids that are not mapped, limits that cannot be enforced, packages of nobody knows what.
enum SuiteExamination {
    /// Plans each kind of job once.
    ///
    /// What a job needs may come of those that run before it, and an image may be fetched
    /// first, so jobs with needs and of images are left to their turn.
    static func examine(_ suite: SuiteFile, named file: String, in directory: String) throws(Failure) {
        var seen: Set<JobSpec> = []
        var problems: [String] = []
        var code: Int32 = 64
        for job in suite.jobs where job.needs.isEmpty && job.tests == nil {
            if case .image = job.spec.filesystem.rootfs { continue }
            var kind = job.spec
            (kind.name, kind.command, kind.services) = ("", ["true"], [])
            guard seen.insert(kind).inserted else { continue }
            guard let problem = PlannedJob.problem(of: kind) else { continue }
            if problem.isLimit { code = 125 }
            problems.append("\(place(of: job, file)): \(named(problem.text))\n")
        }
        for job in suite.jobs {
            guard let tests = job.tests, let problem = problem(of: tests, in: directory) else { continue }
            problems.append("\(place(of: job, file)): \(problem)\n")
        }
        guard !problems.isEmpty else { return }
        let more = problems.count > 20 ? "and \(problems.count - 20) more\n" : ""
        throw Failure(text: problems.prefix(20).joined() + more, code: code)
    }

    private static func place(of job: SuiteJob, _ file: String) -> String {
        "\(file):\(job.line):\(job.column): job \"\(TerminalText.escape(job.name, limit: 200))\""
    }

    // By the field and not by the option of the command line.
    private static func named(_ text: String) -> String {
        guard text.hasPrefix("--"), let end = text.firstIndex(of: ":") else { return text }
        return JobOptionNames.field(ofOption: String(text[..<end])) + text[end...]
    }

    private static func problem(of tests: SuiteTests, in directory: String) -> String? {
        guard tests.framework == nil else { return nil }
        let path = FilePath(directory).pushing(FilePath(tests.path)).lexicallyNormalized()
        // What cannot be read is told by whoever reads it.
        guard let names = try? HeldDirectory(host: path).names() else { return nil }
        var package = Package(directory: path.string, files: Set(names))
        package.templates = ExecTemplates(build: tests.build, list: tests.listCommand, run: tests.runCommand)
        guard PackageFinder.framework(nil, of: package) == nil else { return nil }
        return PackageFinder.unknown(path.string, asking: "framework")
    }
}
