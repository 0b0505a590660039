import Glibc
import IsorunJUnit
import IsorunModel
import IsorunReporting

/// One report from its first event to its last writing.
struct JUnitSession {
    private let target: ReportTarget
    private let dialect: JUnitDialect
    private var builder: JUnitBuilder
    private var isStale = false
    /// How many records came.
    private(set) var records = 0
    /// How many have to, before anything is written: what stands there has all that these tell.
    private let held: Int
    private var pace = WritingPace()

    init(target: ReportTarget, dialect: JUnitDialect, style: JUnitStyle, held: Int = 0) {
        self.held = held
        self.target = target
        self.dialect = dialect
        builder = JUnitBuilder(style: style)
    }

    /// Reads every input to its end; a report of what has ended so far is written as jobs end.
    ///
    /// Where an input is not what it should be, what came before it is still written, and then the error is thrown.
    mutating func read(_ inputs: [String]) throws(ReportingError) {
        do throws(ReportingError) {
            for path in inputs {
                let input = try EventInput(path)
                try read(input)
            }
        } catch {
            if isStale { try write(builder.report(isOver: true)) }
            throw error
        }
    }

    private mutating func read(_ input: borrowing EventInput) throws(ReportingError) {
        var found = JSONRecords()
        while true {
            if let wait = isStale ? pace.wait : nil, try !input.isReadable(within: wait) {
                try write(builder.report())
                continue
            }
            let bytes = try input.read()
            guard !bytes.isEmpty else { break }
            for record in try found.append(bytes) {
                records += 1
                guard let event = try EventDocument.event(JSON(parsing: record)) else { continue }
                if builder.append(event), target.isReplaceable { isStale = true }
            }
            if records < held { isStale = false }
        }
        if found.isIncomplete {
            Complaint.print("\(TerminalText.escape(input.path)) ends within a record, which is left out")
        }
    }

    /// Writes the whole report, with what the jobs' own reports say.
    ///
    /// Before any of those is parsed, a report is written in which each is an error: should a hostile file end this
    /// process, then that is what stands there.
    mutating func finish() throws(ReportingError) {
        guard records >= held else { return }
        let reports = builder.ownReports
        if !reports.isEmpty {
            if target.isReplaceable {
                var cautious = builder
                for report in reports { cautious.append(Self.unread(report)) }
                try write(cautious.report(isOver: true))
            }
            ProcessBounds.set()
            var budget = CollectBudget()
            for report in reports {
                let read = Self.read(report, &budget)
                if let refusal = read.refusal {
                    let path = TerminalText.escape(read.path)
                    Complaint.print("the report '\(path)' was left out: \(TerminalText.escape(refusal))")
                }
                builder.append(read)
            }
        }
        try write(builder.report(isOver: true))
    }

    private static func unread(_ report: JobReport) -> CollectedReport {
        var reason = "isorun-report ended while it read the reports of the jobs"
        if case .refused(let refusal) = report.content { reason = refusal }
        return CollectedReport(job: report.job, path: report.path, refusal: reason)
    }

    private static func read(_ report: JobReport, _ budget: inout CollectBudget) -> CollectedReport {
        switch report.content {
        case .file(let bytes): budget.read(bytes, job: report.job, path: report.path)
        case .refused(let reason): CollectedReport(job: report.job, path: report.path, refusal: reason)
        }
    }

    private mutating func write(_ report: JUnitReport) throws(ReportingError) {
        let start = ContinuousClock.now
        let bytes: [UInt8]
        do throws(JUnitError) {
            bytes = try report.xml(dialect)
        } catch {
            throw ReportingError(.system, error.reason, "")
        }
        try AtomicFile.write(bytes, to: target)
        isStale = false
        pace.wrote(taking: .now - start)
    }
}

/// How often a growing report is written: at once when jobs end seldom, and never so often that it takes more than
/// about a tenth of the time.
private struct WritingPace {
    private var next = ContinuousClock.now

    /// How long the next writing should wait, zero where it is due.
    var wait: Duration { max(.zero, next - .now) }

    mutating func wrote(taking duration: Duration) {
        next = .now + min(duration * 10, .seconds(30))
    }
}
