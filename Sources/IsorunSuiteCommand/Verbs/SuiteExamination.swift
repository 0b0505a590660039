import Isorun
import IsorunModel
import IsorunReporting
import IsorunSuite

/// What only this host knows about a suite's jobs, looked at before any of them runs: directories and sources that are
/// not there, ids that are not mapped, limits that cannot be enforced.
enum SuiteExamination {
    /// Plans each kind of job once.
    ///
    /// What a job needs may come of those that run before it, and an image may be fetched
    /// first, so jobs with needs and of images are left to their turn.
    static func examine(_ suite: SuiteFile, named file: String) throws(Failure) {
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
            problems.append("\(file): job \"\(TerminalText.escape(job.name, limit: 200))\": \(problem.text)\n")
        }
        guard !problems.isEmpty else { return }
        let more = problems.count > 20 ? "and \(problems.count - 20) more\n" : ""
        throw Failure(text: problems.prefix(20).joined() + more, code: code)
    }
}
