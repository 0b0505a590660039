import ArgumentParser
import IsorunModel
import IsorunProgress
import IsorunReporting
import IsorunSystem
import SystemPackage

/// Where the reports of a run go: paths that are checked before anything runs.
struct ReportPaths {
    var junit: String?
    var junitDialect = "default"
    var json: String?
    var events: String?

    /// Looks at every path and creates nothing; `inputs` are what the run reads.
    func check(reading inputs: [String] = []) throws(ReportingError) {
        let paths = [junit, json, events].compactMap { $0 }
        var targets: [ReportTarget] = []
        for path in paths { targets.append(try ReportTarget.check(path)) }
        try ReportTarget.checkDistinct(targets)
        for input in inputs { try ReportTarget.protect(input, from: targets) }
    }

    /// Refuses a dialect that there is none of.
    static func check(dialect: String) throws {
        guard !["default", "surefire"].contains(dialect) else { return }
        throw ValidationError("--junit-dialect: \"\(dialect)\" is neither default nor surefire")
    }

    /// Removes the reports of a former run: what stands there later is this run's, however it ends.
    func removeFormer() throws(ReportingError) {
        for path in [junit, json, events].compactMap({ $0 }) { try ReportTarget.check(path).removeFormer() }
    }
}

/// The reports of a run: consumers of its events, each written as they come.
final class Consumers {
    private var junit: PipedProgram?
    private let json: LineFile?
    private let events: LineFile?
    private let paths: ReportPaths

    /// Opens all; what cannot be opened is an error before anything runs.
    init(_ paths: ReportPaths) throws(ReportingError) {
        self.paths = paths
        json = try Self.open(paths.json)
        events = try Self.open(paths.events)
        if let path = paths.junit { junit = try Self.start(path, paths.junitDialect) }
    }

    private static func start(_ path: String, _ dialect: String) throws(ReportingError) -> PipedProgram {
        guard let program = Siblings.path(of: "isorun-report") else {
            throw ReportingError(
                .system,
                "cannot write the JUnit report: isorun-report is not beside isorun-suite",
                path
            )
        }
        do throws(SystemError) {
            return try PipedProgram([program, "junit", "--output", path, "--dialect", dialect])
        } catch {
            throw ReportingError(.system, "cannot write the JUnit report, \(error):", path)
        }
    }

    private static func open(_ path: String?) throws(ReportingError) -> LineFile? {
        guard let path else { return nil }
        guard let file = LineFile(path) else { throw ReportingError(.system, "cannot write the report", path) }
        return file
    }

    /// Passes an event on; its line is made once for all.
    func hear(_ event: SuiteEvent, line: String) {
        events?.write(line)
        guard case .job(let job) = event else { return }
        junit?.write(line)
        if let json, case .jobFinished(let result, _, _) = job { json.write(ResultDocument.line(result)) }
    }

    /// Completes all: what could not be written.
    func finish() -> [String] {
        var problems = [json?.failure, events?.failure].compactMap { $0 }
        if let program = junit.take() {
            let status = program.finish()
            if status != 0 { problems.append("\(paths.junit ?? ""): isorun-report ended with \(status)") }
        }
        return problems
    }
}
