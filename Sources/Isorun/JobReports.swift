public import IsorunModel
internal import IsorunReporting
internal import IsorunSystem
internal import SystemPackage

/// Where the reports of a run go, checked before anything is created.
public struct JobReports: Sendable {
    /// The result document.
    private let json: ReportTarget?
    /// JUnit XML, written by the reporting program.
    private let junit: ReportTarget?
    private let junitDialect: String
    /// The events, a line each.
    private let events: ReportTarget?
    private var eventLines = ""

    /// Checks the paths; `-` is standard output.
    ///
    /// - Throws: ``ReportProblem`` for a path that cannot be written and for two reports to one place.
    public init(json: String?, junit: String?, junitDialect: String, events: String?) throws(ReportProblem) {
        do throws(ReportingError) {
            self.json = try json.map { path throws(ReportingError) in try ReportTarget.check(path) }
            self.junit = try junit.map { path throws(ReportingError) in try ReportTarget.check(path) }
            self.events = try events.map { path throws(ReportingError) in try ReportTarget.check(path) }
            self.junitDialect = junitDialect
            try ReportTarget.checkDistinct([self.json, self.junit, self.events].compactMap { $0 })
        } catch {
            throw ReportProblem(error)
        }
    }

    /// Takes in an event, in order; without a report of them they are not put into words.
    public mutating func note(_ event: RunEvent) {
        if events == nil && junit == nil { return }
        eventLines += EventDocument.line(event)
    }

    /// Writes all reports of a finished run.
    public func write(_ run: FinishedJob) throws(ReportProblem) {
        try writeOwn(run)
        if let failure = run.writesFailure { throw ReportProblem("the list of writes: \(failure)") }
    }

    private func writeOwn(_ run: FinishedJob) throws(ReportProblem) {
        do throws(ReportingError) {
            if let json { try AtomicFile.write(Array(ResultDocument.page(run.result).utf8), to: json) }
            if let events { try AtomicFile.write(Array(eventLines.utf8), to: events) }
        } catch {
            throw ReportProblem(error)
        }
        if let junit { try JUnitProgram(dialect: junitDialect).write(eventLines, run, to: junit.path) }
    }
}

/// A report that cannot be written.
public struct ReportProblem: Error, Sendable, CustomStringConvertible {
    /// What, on which path, the kernel's answer, what to do.
    public let description: String
    /// Whether the command line is at fault.
    public let isUsage: Bool

    init(_ error: ReportingError) {
        description = "\(error)"
        isUsage = error.kind == .usage
    }

    init(_ text: String) {
        description = text
        isUsage = false
    }
}
