import ArgumentParser
import Glibc
import IsorunBench
import IsorunReporting

/// From the options to the exit code: checks first, so that no measurement is made whose report could not be written.
enum Measurement {
    static func run(
        _ options: BenchOptions,
        _ isorun: String,
        _ output: OutputOptions,
        _ measure: (Bench) throws(BenchError) -> BenchReport
    ) throws {
        let tolerance = try output.part()
        do {
            let targets = try Targets(output)
            let old = try output.compare.map { path throws(ReportingError) in try Self.read(path) }
            let report = try measured(options, isorun, measure)
            try targets.write(report)
            throw ExitCode(conclude(report, old, tolerance, quietTable: targets.takesOutput))
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

    private static func read(_ path: String) throws(ReportingError) -> BenchReport {
        let bytes = try RegularFile.read(path, limit: 1 << 28, followLinks: true)
        return try BenchReport(json: JSON(parsing: bytes), path: path)
    }

    /// Prints the table and the comparison: the exit code.
    private static func conclude(
        _ report: BenchReport,
        _ old: BenchReport?,
        _ tolerance: Double,
        quietTable: Bool
    ) -> Int32 {
        if !quietTable { print(TerminalTable.text(report, width: columns), terminator: "") }
        var isWorse = false
        if let old {
            let comparison = Comparison(report, to: old, tolerance: tolerance)
            isWorse = !comparison.regressions.isEmpty
            let text = "\ncompared to \(old.startedAt)\n" + comparison.text(tolerance: tolerance)
            if quietTable { complain(text) } else { print(text, terminator: "") }
        }
        if report.interrupted { return 130 }
        let own = report.rows.filter { $0.id.hasPrefix("isorun") && $0.id != "isorun-warm" && $0.measures.isEmpty }
        guard own.isEmpty else {
            for row in own {
                complain("\(row.name) could not be measured: \(row.failure?.reason ?? "no run was made")")
            }
            return 125
        }
        return isWorse ? 1 : 0
    }

    private static var columns: Int {
        var size = winsize()
        guard unsafe ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 40 else { return 120 }
        return Int(size.ws_col)
    }

    static func complain(_ text: String) {
        let line = Array("isorun bench: \(text)\n".utf8)
        _ = unsafe line.withUnsafeBytes { unsafe Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
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

    func write(_ report: BenchReport) throws(ReportingError) {
        if let json { try AtomicFile.write(Array((report.json.page).utf8), to: json) }
        if let markdown { try AtomicFile.write(Array(MarkdownPage.text(report).utf8), to: markdown) }
        if let html { try AtomicFile.write(Array(HTMLPage.text(report).utf8), to: html) }
    }
}
