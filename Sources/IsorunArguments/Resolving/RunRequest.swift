public import IsorunModel
public import SystemPackage

/// What `run` was asked to do, understood and checked as far as that needs no host.
public struct RunRequest: Hashable, Sendable {
    /// The job.
    public var job: JobSpec
    /// Its reports.
    public var reports: ReportRequest
    /// Whether the record of a detached job goes with it.
    public var removesRecord = false
    /// How much is kept of a detached job's log, as `KEY=VALUE`.
    public var logOptions: [String] = []

    /// Makes a request.
    public init(job: JobSpec, reports: ReportRequest) {
        self.job = job
        self.reports = reports
    }
}

/// Which reports are written where, and how much is said on stderr.
public struct ReportRequest: Hashable, Sendable {
    /// JUnit XML.
    public var junit: ReportDestination?
    /// Which JUnit XML.
    public var junitDialect = JUnitDialect.default
    /// The result document.
    public var json: ReportDestination?
    /// The events, one JSON object a line.
    public var events: ReportDestination?
    /// Nothing but errors on stderr.
    public var quiet = false
    /// Every step on stderr.
    public var verbose = false

    /// Makes a request for no report.
    public init() {}
}

/// Where a report goes.
public enum ReportDestination: Hashable, Sendable {
    /// Standard output (`-`); a job that writes there too has its output before the report.
    case standardOutput
    /// A file, by its absolute path.
    case file(FilePath)
}

/// Which JUnit XML is written.
public enum JUnitDialect: String, Hashable, Sendable, CaseIterable {
    /// With `properties` in each `testcase`.
    case `default`
    /// Valid against the Surefire schema.
    case surefire
}
