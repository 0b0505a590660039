import IsorunModel

/// A JUnit file that a job wrote: its cases, or the reason why it is left out.
///
/// Nothing in it is believed but that the job says so: counts are computed anew, times are bounded, and each case is
/// marked `reported-by-job`.
public struct CollectedReport: Hashable, Sendable {
    /// The job that wrote it.
    public var job: String
    /// Its path inside the container.
    public var path: String
    /// What it says.
    public var suites: [JUnitSuite]
    /// Why it is left out; nil where it is read.
    public var refusal: String?

    /// Makes a report that is left out.
    public init(job: String, path: String, refusal: String) {
        self.init(job: job, path: path, suites: [], refusal: refusal)
    }

    private init(job: String, path: String, suites: [JUnitSuite], refusal: String?) {
        self.job = job
        self.path = path
        self.suites = suites
        self.refusal = refusal
    }

    /// Reads the bytes of a file, which may be anything.
    ///
    /// - Parameters:
    ///   - bytes: the whole file.
    ///   - job: the job that wrote it.
    ///   - path: its path inside the container.
    ///   - limits: how much of it is believed.
    public init(reading bytes: [UInt8], job: String, path: String, limits: CollectLimits = CollectLimits()) {
        do throws(JUnitError) {
            guard bytes.count <= limits.fileBytes else {
                throw JUnitError("it is longer than \(limits.fileBytes) bytes")
            }
            let document = try XMLEncoding.utf8(bytes)
            try XMLGuard.check(document, limits)
            let suites = try CollectedParser.suites(document, limits)
            self.init(job: job, path: path, suites: suites, refusal: nil)
        } catch {
            self.init(job: job, path: path, refusal: error.reason)
        }
    }

    /// The suites as they stand in isorun's report: marked, and cleaned like any output of the job.
    ///
    /// A file that is left out stands there as an error, as Jenkins shows reports that it cannot read: a job cannot
    /// make failures vanish by spoiling its report.
    func suites(style: JUnitStyle) -> [JUnitSuite] {
        let origin = JUnitProperty("reported-by-job", path)
        if let refusal {
            let message = "the report '\(path)' was left out: \(refusal)"
            let problem = JUnitProblem(type: "unreadable-report", message: message)
            var testcase = JUnitCase(name: path, classname: job, seconds: 0, status: .error(problem))
            testcase.group = "unreadable-report"
            return [JUnitSuite(name: "\(job): \(path)", cases: [testcase])]
        }
        return suites.filter { !$0.cases.isEmpty }.map { suite in
            var marked = JUnitSuite(name: "\(job): \(style.clean(suite.name)) (reported by the job)")
            marked.properties = [origin]
            marked.cases = suite.cases.map { $0.marked(origin, style: style) }
            return marked
        }
    }
}

extension JUnitStyle {
    fileprivate func clean(_ text: String) -> String {
        output(CapturedOutput(head: Array(text.utf8)))
    }

    fileprivate func clean(_ problem: JUnitProblem) -> JUnitProblem {
        JUnitProblem(type: clean(problem.type), message: clean(problem.message), details: clean(problem.details))
    }
}

extension JUnitCase {
    /// The case with its mark, which no case of isorun's own has.
    fileprivate func marked(_ origin: JUnitProperty, style: JUnitStyle) -> JUnitCase {
        var marked = self
        marked.name = style.clean(name)
        // A class of the same name as isorun's own suite could be taken for it.
        marked.classname = classname == style.suite ? "reported-by-job.\(classname)" : style.clean(classname)
        marked.group = "reported-by-job"
        marked.properties = [origin]
        marked.stdout = style.clean(stdout)
        marked.stderr = style.clean(stderr)
        marked.reruns = reruns.map { rerun in
            let (stdout, stderr) = (style.clean(rerun.stdout), style.clean(rerun.stderr))
            return JUnitRerun(kind: rerun.kind, problem: style.clean(rerun.problem), stdout: stdout, stderr: stderr)
        }
        switch status {
        case .passed: break
        case .failure(let problem): marked.status = .failure(style.clean(problem))
        case .error(let problem): marked.status = .error(style.clean(problem))
        case .skipped(let message): marked.status = .skipped(style.clean(message))
        }
        return marked
    }
}
