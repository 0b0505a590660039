import ArgumentParser
import Glibc
import IsorunBench
import IsorunReporting

/// From the options to the exit code: checks first, so that no measurement is made whose report could not be written.
enum Measurement {
    static func run(
        _ kind: String,
        _ options: BenchOptions,
        _ isorun: String,
        _ output: OutputOptions,
        _ measure: (Bench) throws(BenchError) -> BenchReport
    ) throws {
        let tolerance = try output.part()
        do {
            let targets = try Targets(output)
            let old = try output.compare.map { path throws(ReportingError) in try Self.read(path, kind) }
            let report = try measured(options, isorun, measure)
            let comparison = old.map { Comparison(report, to: $0, tolerance: tolerance) }
            // The table first: it is there even where a file cannot be written.
            var isTold = show(report, comparison, old, tolerance, quietTable: targets.takesOutput)
            for error in targets.write(report) {
                complain(error.description)
                isTold = false
            }
            throw ExitCode(isTold ? conclude(report, comparison) : 125)
        } catch let error as ReportingError {
            complain(error.description)
            throw ExitCode(error.kind == .usage ? 64 : 125)
        }
    }

    private static func measured(
        _ options: BenchOptions,
        _ isorun: String,
        _ measure: (Bench) throws(BenchError) -> BenchReport
    ) throws -> BenchReport {
        do throws(BenchError) {
            return try measure(try Bench(options, isorun: isorun))
        } catch {
            complain(error.description)
            throw ExitCode(125)
        }
    }

    private static func read(_ path: String, _ kind: String) throws(ReportingError) -> BenchReport {
        let bytes = try RegularFile.read(path, limit: 1 << 28, followLinks: true)
        let report = try BenchReport(json: JSON(parsing: bytes), path: path)
        try report.checkComparable(to: kind, path: path)
        return report
    }

    /// Prints the table and the comparison; false after a message where that could not be done.
    private static func show(
        _ report: BenchReport,
        _ comparison: Comparison?,
        _ old: BenchReport?,
        _ tolerance: Double,
        quietTable: Bool
    ) -> Bool {
        var text = quietTable ? "" : TerminalTable.text(report, width: columns)
        if let comparison, let old {
            let compared = "\ncompared to \(old.startedAt)\n" + comparison.text(tolerance: tolerance)
            if quietTable { complain(compared) } else { text += compared }
        }
        guard let problem = write(text, to: STDOUT_FILENO) else { return true }
        let answer = unsafe String(cString: strerror(problem))
        complain("cannot write the table to standard output: \(answer)")
        return false
    }

    private static func conclude(_ report: BenchReport, _ comparison: Comparison?) -> Int32 {
        if report.interrupted { return 130 }
        let own = report.unmeasuredOwn
        guard own.isEmpty else {
            for row in own {
                complain("\(row.name) could not be measured: \(row.failure?.reason ?? "no run was made")")
            }
            return 125
        }
        if comparison?.lines.isEmpty == true {
            complain("--compare: no figure of the earlier report was measured now")
            return 125
        }
        return comparison?.regressions.isEmpty == false ? 1 : 0
    }

    private static var columns: Int {
        var size = winsize()
        guard unsafe ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 40 else { return 120 }
        return Int(size.ws_col)
    }

    static func complain(_ text: String) { _ = write("isorun bench: \(text)\n", to: STDERR_FILENO) }

    /// Writes all of it: nil, or the errno.
    private static func write(_ text: String, to descriptor: Int32) -> Int32? {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return errno }
            rest = rest.dropFirst(count)
        }
        return nil
    }
}

/// Where reports are written, checked before anything is measured.
struct Targets {
    private let json: ReportTarget?
    private let markdown: ReportTarget?
    private let html: ReportTarget?

    init(_ output: OutputOptions) throws(ReportingError) {
        func target(_ path: String?) throws(ReportingError) -> ReportTarget? {
            guard let path else { return nil }
            return try ReportTarget.check(path)
        }
        json = try target(output.json)
        markdown = try target(output.markdown)
        html = try target(output.html)
        try ReportTarget.checkDistinct([json, markdown, html].compactMap(\.self))
    }

    /// Whether one of them goes to standard output, which the table then leaves alone.
    var takesOutput: Bool { [json, markdown, html].contains { $0?.path == "-" } }

    /// Writes all of them: what went wrong.
    func write(_ report: BenchReport) -> [ReportingError] {
        func write(_ target: ReportTarget?, _ text: (BenchReport) -> String) -> ReportingError? {
            guard let target else { return nil }
            do throws(ReportingError) {
                try AtomicFile.write(Array(text(report).utf8), to: target)
                return nil
            } catch {
                return error
            }
        }
        return [
            write(json) { $0.json.page }, write(markdown, MarkdownPage.text), write(html, HTMLPage.text),
        ].compactMap(\.self)
    }
}
