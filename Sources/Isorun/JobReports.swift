public import IsorunModel
internal import IsorunReporting
internal import IsorunSystem
internal import SystemPackage

/// The reports of one run: checked before anything is created, begun before the job, finished after it.
public struct JobReports: ~Copyable, Sendable {
    private let places: ReportPlaces
    private var eventLines: String
    private var growing: GrowingFile?
    private var problems: [ReportProblem] = []
    private var hasLostEvents = false

    /// Checks the paths; `-` is standard output.
    ///
    /// - Throws: ``ReportProblem`` for a path that cannot be written and for two reports to one place.
    public init(
        json: String?,
        junit: String?,
        junitDialect: String,
        events: String?,
        writes: String?
    ) throws(ReportProblem) {
        let checked: ReportPlaces
        do throws(ReportingError) {
            checked = ReportPlaces(
                json: try ReportPlaces.check(json),
                junit: try ReportPlaces.check(junit),
                junitDialect: junitDialect,
                events: try ReportPlaces.check(events),
                writes: try ReportPlaces.check(writes)
            )
            try ReportTarget.checkDistinct(checked.all)
        } catch {
            throw ReportProblem(error)
        }
        places = checked
        eventLines = ""
        growing = nil
    }

    /// Removes the reports of a former run and begins those that grow; call it just before the job.
    ///
    /// - Throws: ``ReportProblem`` for a report that cannot be replaced or begun.
    public mutating func begin() throws(ReportProblem) {
        do throws(ReportingError) {
            for target in places.all { try target.removeFormer() }
            if let events = places.events { growing = try GrowingFile.begin(events) }
        } catch {
            throw ReportProblem(error)
        }
    }

    /// Takes in an event, in order; who follows the events sees it at once.
    ///
    /// Without a report of them they are not put into words.
    public mutating func note(_ event: RunEvent) {
        if places.events == nil && places.junit == nil { return }
        let line = EventDocument.line(event)
        eventLines += line
        guard !hasLostEvents else { return }
        do throws(ReportingError) {
            try growing?.append(line)
        } catch {
            problems.append(ReportProblem(error))
            hasLostEvents = true
        }
    }

    /// Writes the reports of a finished run that are files; each is tried, whatever became of the others.
    ///
    /// What goes wrong is kept for ``finish(_:)``.
    public mutating func writeFiles(_ run: FinishedJob) {
        keep { () throws(ReportProblem) in
            if let failure = run.writesFailure { throw ReportProblem("the list of writes: \(failure)") }
        }
        writeOwn(run, places.only(\.isReplaceable))
    }

    /// Writes those that wait for a reader: to standard output, pipes and devices.
    ///
    /// - Returns: what went wrong, of all reports.
    public mutating func finish(_ run: FinishedJob) -> [ReportProblem] {
        writeOwn(run, places.only { !$0.isReplaceable })
        return problems
    }

    private mutating func writeOwn(_ run: FinishedJob, _ places: ReportPlaces) {
        let (json, events, lines) = (places.json, places.events, eventLines)
        let isLive = growing != nil
        keep { () throws(ReportProblem) in
            do throws(ReportingError) {
                if let json { try AtomicFile.write(Array(ResultDocument.page(run.result).utf8), to: json) }
            } catch {
                throw ReportProblem(error)
            }
        }
        keep { () throws(ReportProblem) in
            do throws(ReportingError) {
                if let events, !isLive { try AtomicFile.write(Array(lines.utf8), to: events) }
            } catch {
                throw ReportProblem(error)
            }
        }
        do throws(ReportingError) {
            if events != nil, !hasLostEvents { try growing?.finish() }
        } catch {
            problems.append(ReportProblem(error))
        }
        guard let junit = places.junit else { return }
        let program = JUnitProgram(dialect: places.junitDialect)
        keep { () throws(ReportProblem) in try program.write(lines, to: junit) }
    }

    /// Does one thing, and keeps its problem.
    private mutating func keep(_ work: () throws(ReportProblem) -> Void) {
        do throws(ReportProblem) {
            try work()
        } catch {
            problems.append(error)
        }
    }
}

/// Where the reports of a run go.
private struct ReportPlaces: Sendable {
    /// The result document.
    let json: ReportTarget?
    /// JUnit XML, written by the reporting program.
    let junit: ReportTarget?
    let junitDialect: String
    /// The events, a line each.
    let events: ReportTarget?
    /// The list of writes, which the sandbox writes.
    let writes: ReportTarget?

    var all: [ReportTarget] { [json, junit, events, writes].compactMap { $0 } }

    /// Those of one kind.
    func only(_ isWanted: (ReportTarget) -> Bool) -> ReportPlaces {
        func wanted(_ target: ReportTarget?) -> ReportTarget? { target.flatMap { isWanted($0) ? $0 : nil } }
        return ReportPlaces(
            json: wanted(json),
            junit: wanted(junit),
            junitDialect: junitDialect,
            events: wanted(events),
            writes: wanted(writes)
        )
    }

    static func check(_ path: String?) throws(ReportingError) -> ReportTarget? {
        guard let path else { return nil }
        return try ReportTarget.check(path)
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
