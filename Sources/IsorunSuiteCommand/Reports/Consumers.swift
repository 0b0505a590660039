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
    /// What the JUnit report of a former run has, and so the new one has to have before it takes that one's place.
    private var held: [String]?
    private var failure: String?

    /// Opens all; what cannot be opened is an error before anything runs.
    ///
    /// - Parameters:
    ///   - paths: where they go.
    ///   - keepsFormer: whether those of a former run stay until all of that is in the new ones, by ``settle()``.
    /// - Throws: where one cannot be opened, or what writes it cannot be started.
    init(_ paths: ReportPaths, keepsFormer: Bool = false) throws(ReportingError) {
        self.paths = paths
        json = try Self.open(paths.json, keepsFormer)
        events = try Self.open(paths.events, keepsFormer)
        guard let path = paths.junit else { return }
        if keepsFormer { held = [] } else { junit = try Self.start(path, paths.junitDialect, held: 0) }
    }

    private static func start(_ path: String, _ dialect: String, held: Int) throws(ReportingError) -> PipedProgram {
        guard let program = Siblings.path(of: "isorun-report") else {
            throw ReportingError(
                .system,
                "cannot write the JUnit report: isorun-report is not beside isorun-suite",
                path
            )
        }
        do throws(SystemError) {
            let words = ["junit", "--output", path, "--dialect", dialect, "--held", "\(held)"]
            return try PipedProgram([program] + words)
        } catch {
            throw ReportingError(.system, "cannot write the JUnit report, \(error):", path)
        }
    }

    private static func open(_ path: String?, _ keepsFormer: Bool) throws(ReportingError) -> LineFile? {
        guard let path else { return nil }
        guard let file = LineFile(path, keepsFormer: keepsFormer) else {
            throw ReportingError(.system, "cannot write the report", path)
        }
        return file
    }

    /// Passes an event on; its line is made once for all.
    func hear(_ event: SuiteEvent, line: String) {
        events?.write(line)
        guard case .job(let job) = event else { return }
        if held == nil { junit?.write(line) } else { held?.append(line) }
        if let json, case .jobFinished(let result, _, _) = job { json.write(ResultDocument.line(result)) }
    }

    /// All that a former run had has been heard again.
    func settle() {
        for file in [json, events] { file?.settle() }
        guard let lines = held, let path = paths.junit else { return }
        held = nil
        do throws(ReportingError) {
            junit = try Self.start(path, paths.junitDialect, held: lines.count)
        } catch {
            failure = "\(error)"
        }
        for line in lines { junit?.write(line) }
    }

    /// Completes all: what could not be written.
    func finish() -> [String] {
        var problems = [json?.failure, events?.failure, failure].compactMap { $0 }
        if let program = junit.take() {
            let status = program.finish()
            if status != 0 { problems.append("\(paths.junit ?? ""): isorun-report ended with \(status)") }
        }
        return problems
    }
}
