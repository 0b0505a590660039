internal import Glibc
internal import IsorunModel

extension Bench {
    /// What work costs inside and outside of a container, and with each filter.
    ///
    /// - Parameter program: The path of the program that does the work, which takes `work NAME ROUNDS DIRECTORY`.
    /// - Returns: A row for each place, and a measure for each kind of work.
    /// - Throws: `BenchError` where the bench itself fails.
    public func overhead(program: String) throws(BenchError) -> BenchReport {
        var report = emptyReport("overhead")
        var rows = [BenchRow(id: "outside", name: "outside", command: [program, "work", "{work}"], limits: "none")]
        let filters = ["default", "strict", "debug", "unconfined"]
        for filter in filters {
            rows.append(
                BenchRow(
                    id: filter,
                    name: "inside, filter \(filter)",
                    command: inside(program, filter) + ["work", "{work}"]
                )
            )
        }
        let shared = Self.isTmpfs("/dev/shm") ? "/dev/shm" : scratch.path
        for work in Work.allCases { measure(work, program, filters, shared, &rows) }
        report.interrupted = runner.isInterrupted
        report.rows = rows
        report.reference = "outside"
        report.notes = [
            "what is written inside goes to memory, so outside it goes to \(shared), and a disk is not compared"
        ]
        report.noise = rows.first?.measures.first { $0.id == Work.cpu.rawValue }.flatMap { Noise($0.samples) }
        report.relate { _ in "outside" }
        progress.clear()
        return report
    }

    private func measure(
        _ work: Work,
        _ program: String,
        _ filters: [String],
        _ shared: String,
        _ rows: inout [BenchRow]
    ) {
        // The filter is what may cost a system call; the other work is done with the default one.
        let used = work == .syscalls ? filters : ["default"]
        let rounds = work == .build ? min(3, options.rounds) : 2 * options.rounds
        for round in 0..<rounds {
            for index in rows.indices where !runner.isInterrupted {
                guard index == 0 || used.contains(rows[index].id) else { continue }
                progress.say("\(work.rawValue), round \(round + 1) of \(rounds): \(rows[index].name)")
                let prefix = index == 0 ? [program] : inside(program, rows[index].id)
                let directory = index == 0 ? shared : "/"
                let run = runner.run(
                    prefix + ["work", work.rawValue, "\(work.rounds)", directory],
                    within: options.limit
                )
                note(run, work, &rows[index])
            }
        }
    }

    private func note(_ run: ProgramRun, _ work: Work, _ row: inout BenchRow) {
        guard run.ending != .interrupted else { return }
        if let problem = run.problem(after: options.limit) {
            if row.failure == nil { row.failure = .init("\(work.rawValue): \(problem)") }
            return
        }
        guard let nanoseconds = run.clock, nanoseconds > 0 else {
            if row.failure == nil {
                row.failure = .init("\(work.rawValue): its clock stands still, or it told no time")
            }
            return
        }
        let value = Double(nanoseconds) / Double(work.rounds) / work.unit.nanoseconds
        if let index = row.measures.firstIndex(where: { $0.id == work.rawValue }) {
            row.measures[index].samples.append(value)
        } else {
            row.measures.append(Measure(id: work.rawValue, title: work.title, unit: work.unit.name, samples: [value]))
        }
    }

    private func inside(_ program: String, _ filter: String) -> [String] {
        [isorun, "-q", "--seccomp", filter, "-v", "\(program):/isorun-bench:ro", "--", "/isorun-bench"]
    }

    private static func isTmpfs(_ path: String) -> Bool {
        let mounts = HostView.text("/proc/self/mounts") ?? ""
        return unsafe mounts.contains(" \(path) tmpfs ") && access(path, W_OK) == 0
    }
}
