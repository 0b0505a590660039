internal import IsorunModel

extension Bench {
    /// A batch shall take about so long.
    private static let batch = 1.0

    /// Containers a second, at 1, 2, 4, … at a time up to four for each CPU.
    public func throughput() throws(BenchError) -> BenchReport {
        var report = emptyReport("throughput")
        progress.say("looking for runtimes", always: true)
        let runtimes = try Runtimes(host: host, scratch: scratch, isorun: isorun, runner: runner)
        let findings = runtimes.all(wanted: wantsProcess)
        let widths = Array(sequence(first: 1) { $0 * 2 <= self.host.cpus * 4 ? $0 * 2 : nil })
        var rows = warmElsewhere
        var cells: [Cell] = []
        for finding in findings {
            switch finding {
            case .missing(let row): rows.append(row)
            case .found(let subject): (rows, cells) = begin(subject, widths, rows, cells)
            }
        }
        var bare = bareStarts()
        for round in 0..<options.rounds {
            for turn in cells.indices where !runner.isInterrupted {
                let cell = cells[(turn + round) % cells.count]
                guard rows[cell.row].failure == nil else { continue }
                progress.say("round \(round + 1) of \(options.rounds): \(rows[cell.row].name)")
                measure(cell, &rows[cell.row])
            }
        }
        farewell(findings.compactMap(\.subject))
        bare += bareStarts()
        report.noise = Noise(bare)
        report.rows = rows
        report.notes = [
            "a batch of about a second, \(options.rounds) of them; what runs writes to memory, where every run's word "
                + "of its first instruction must be"
        ]
        report.reference = "isorun, as many at a time"
        report.relate { row in row.id.split(separator: "@").dropFirst().first.map { "isorun@\($0)" } }
        finish(&report)
        return report
    }

    private struct Cell {
        let subject: Subject
        let row: Int
        let width: Int
        let count: Int
    }

    /// Warms a runtime up and sizes its batches by what that took.
    private func begin(
        _ subject: Subject,
        _ widths: [Int],
        _ rows: [BenchRow],
        _ cells: [Cell]
    ) -> ([BenchRow], [Cell]) {
        var rows = rows
        var cells = cells
        progress.say("warming up: \(subject.name)")
        guard !runner.isInterrupted else { return (rows + [BenchRow(id: subject.id, name: subject.name)], cells) }
        let probe = run(subject, within: options.limit)
        if let problem = doubt(of: probe) {
            var row = BenchRow(id: subject.id, name: subject.name, command: subject.command, limits: subject.limits)
            if probe.ending != .interrupted { row.failure = .init(problem) }
            return (rows + [row], cells)
        }
        let seconds = max(Double(probe.end - probe.begin) / 1e9, 1e-4)
        for width in widths {
            var row = BenchRow(
                id: "\(subject.id)@\(width)",
                name: "\(subject.name), \(width) at a time",
                limits: subject.limits
            )
            // The command line stands once.
            if width == 1 { row.command = subject.command }
            let parallel = Double(min(width, host.cpus))
            let count = min(1000, max(2 * width, Int(Self.batch / seconds * parallel)))
            cells.append(Cell(subject: subject, row: rows.count, width: width, count: count))
            rows.append(row)
        }
        return (rows, cells)
    }

    /// Why a run is none that a rate could be taken of.
    private func doubt(of run: ProgramRun) -> String? {
        if let problem = run.problem(after: options.limit) { return problem }
        var judge = ClockJudge()
        do throws(ClockJudge.Doubt) {
            _ = try judge.instant(of: run)
            return nil
        } catch {
            return error.text
        }
    }

    private func measure(_ cell: Cell, _ row: inout BenchRow) {
        let numbers = (0..<cell.count).map { _ in newRun() }
        let commands = numbers.map { Subject.filled(cell.subject.command, run: $0) }
        let limit = options.limit + .seconds(10)
        let batch = runner.batch(commands, width: cell.width, within: limit)
        for index in batch.cut { remove(cell.subject, run: numbers[index]) }
        if let problem = batch.run.problem(after: limit) {
            if batch.run.ending != .interrupted { row.failure = .init(problem) }
            return
        }
        guard batch.words == cell.count else {
            row.failure = .init("\(cell.count) runs, and \(batch.words) words of the stand-in in that time")
            return
        }
        if row.measures.isEmpty {
            row.measures = [
                Measure(id: "rate", title: "containers a second", unit: "1/s", higherIsBetter: true)
            ]
        }
        row.measures[0].samples.append(Double(cell.count) * 1e9 / Double(batch.run.end - batch.run.begin))
    }
}
