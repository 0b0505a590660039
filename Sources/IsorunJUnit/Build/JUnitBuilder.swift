public import IsorunModel

/// Turns the events of a run into a JUnit report, one event at a time.
///
/// It holds text and no output in bytes, and can say at any moment what the report would be.
public struct JUnitBuilder: Sendable {
    private let style: JUnitStyle
    private var jobs: [JobAttempts] = []
    private var latest: [String: Int] = [:]
    private var running: [String] = []
    private var unread: [String: OwnReports] = [:]
    private var unreadBytes = 0
    private var reported: [JUnitSuite] = []
    private var unenforced: [Limit] = []
    private var earliest: Int64?

    // All that are read may have as much text (`CollectBudget`), and XML is longer than its text.
    private static let mostUnreadBytes = 256 << 20

    /// Makes a builder that has seen nothing.
    public init(style: JUnitStyle) { self.style = style }

    /// Takes an event; true where the report changes by it.
    public mutating func append(_ event: RunEvent) -> Bool {
        switch event {
        case .jobStarting(let name, _, _):
            running.append(name)
        case .jobFinished(let result, let stdout, let stderr):
            if let index = running.firstIndex(of: result.name) { running.remove(at: index) }
            unread[result.name]?.isWhole = true
            unenforced += result.unenforced.filter { !unenforced.contains($0) }
            earliest = min(earliest ?? result.startedAtUs, result.startedAtUs)
            add(Attempt(result: result, stdout: style.output(stdout), stderr: style.output(stderr)))
            return true
        case .jobReported(let report): take(report)
        case .jobStarted, .note: break
        }
        return false
    }

    private mutating func take(_ report: JobReport) {
        let former = unread[report.job]?.bytes ?? 0
        var report = report
        if unreadBytes + report.bytes > Self.mostUnreadBytes {
            report.content = .refused("the reports of a run may have \(Self.mostUnreadBytes >> 20) MiB together")
        }
        unread[report.job, default: OwnReports()].append(report)
        unreadBytes += (unread[report.job]?.bytes ?? 0) - former
    }

    /// The reports of the jobs' own that came with the events and are to be read, in the order of the jobs' names.
    public var ownReports: [JobReport] { unread.sorted { $0.key < $1.key }.flatMap(\.value.files) }

    /// Adds what a report of the job's own says, marked as such; it changes nothing of isorun's cases.
    ///
    /// Its output is turned into text like any other output of the job.
    public mutating func append(_ report: CollectedReport) {
        reported += report.suites(style: style)
    }

    /// The report of all that has ended so far.
    ///
    /// Where no more events come (`isOver`), a job that began and has no end is an error: isorun itself was ended before
    /// it could tell.
    public func report(isOver: Bool = false) -> JUnitReport {
        var suite = JUnitSuite(name: style.suite, timestamp: earliest.map(style.timestamp))
        if !unenforced.isEmpty {
            suite.properties = [JUnitProperty("unenforced", unenforced.map(\.rawValue).joined(separator: ","))]
        }
        suite.cases = jobs.map { $0.testcase(classname: style.suite) }
        if isOver {
            suite.cases += running.map { name in
                let message = "isorun was ended before it could tell how this job ended"
                let problem = JUnitProblem(type: "unfinished", message: message)
                return JUnitCase(name: name, classname: style.suite, seconds: 0, status: .error(problem))
            }
        }
        return JUnitReport(suites: [suite] + reported)
    }

    /// An attempt joins the attempts of its name, unless its number says that the job was begun anew.
    private mutating func add(_ attempt: Attempt) {
        let name = attempt.result.name
        if let index = latest[name], attempt.result.attempt > jobs[index].last.result.attempt {
            jobs[index].append(attempt)
        } else {
            latest[name] = jobs.count
            jobs.append(JobAttempts(attempt))
        }
    }
}

/// The JUnit files that a job wrote: one that is run again writes them again, and those of its last attempt count.
private struct OwnReports {
    private(set) var files: [JobReport] = []
    private(set) var bytes = 0
    /// Whether the attempt that wrote them has ended.
    var isWhole = false

    mutating func append(_ report: JobReport) {
        if isWhole { (files, bytes, isWhole) = ([], 0, false) }
        files.append(report)
        bytes += report.bytes
    }
}

extension JobReport {
    fileprivate var bytes: Int { if case .file(let bytes) = content { bytes.count } else { 0 } }
}
