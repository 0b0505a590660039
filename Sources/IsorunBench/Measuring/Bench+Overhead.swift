internal import Glibc
internal import IsorunModel

extension Bench {
    private static let filters = ["default", "strict", "debug", "unconfined"]

    /// What work costs inside and outside of a container, and with each filter.
    ///
    /// - Parameter program: The path of the program that does the work, which takes `work NAME ROUNDS DIRECTORY`.
    /// - Returns: A row for each place, and a measure for each kind of work.
    /// - Throws: `BenchError` where the bench itself fails.
    public func overhead(program: String) throws(BenchError) -> BenchReport {
        var report = emptyReport("overhead")
        var rows = [BenchRow(id: "outside", name: "outside", command: [program, "work", "{work}"], limits: "none")]
        for filter in Self.filters {
            rows.append(
                BenchRow(
                    id: filter,
                    name: "inside, filter \(filter)",
                    command: inside(program, filter) + ["work", "{work}"]
                )
            )
        }
        // A directory of the bench's own, so that what is ended in the middle leaves nothing there.
        let memory = Self.isTmpfs("/dev/shm") ? try Scratch(in: "/dev/shm") : nil
        let shared = memory?.path ?? scratch.path
        try scratch.makeDirectory("rootfs/bin")
        try scratch.write("rootfs/bin/standin", StandIn.program, mode: 0o755)
        var bare = bareStarts()
        for work in Work.allCases { measure(work, program, shared, &rows) }
        bare += bareStarts()
        report.noise = Noise(bare)
        if runner.isInterrupted { tellWork(&rows) }
        report.rows = rows
        report.reference = "outside"
        report.notes = [
            "what is written inside goes to memory, so outside it goes to \(memory == nil ? "a disk" : "a tmpfs"), and a "
                + "disk is not compared",
            "a run of each before those that count; \(options.rounds) runs, of the build \(rounds(of: .build)), as each "
                + "takes long",
        ]
        report.relate { _ in "outside" }
        finish(&report)
        withExtendedLifetime(memory) {}
        return report
    }

    /// Names the work that was not come to before Ctrl-C.
    private func tellWork(_ rows: inout [BenchRow]) {
        for index in rows.indices where rows[index].failure == nil {
            let missing = Work.allCases.filter { work in
                (index == 0 || filters(of: work).contains(rows[index].id))
                    && !rows[index].measures.contains { $0.id == work.rawValue }
            }
            guard !missing.isEmpty else { continue }
            let names = missing.map(\.rawValue).joined(separator: ", ")
            rows[index].failure = .init("the bench was ended before it had a run of: \(names)")
        }
    }

    private func rounds(of work: Work) -> Int {
        work == .build ? min(options.slowRuns, options.rounds) : options.rounds
    }

    /// The filter is what may cost a system call; the other work is done with the default one.
    private func filters(of work: Work) -> [String] { work == .syscalls ? Self.filters : ["default"] }

    private func measure(
        _ work: Work,
        _ program: String,
        _ shared: String,
        _ rows: inout [BenchRow]
    ) {
        let used = filters(of: work)
        let rounds = rounds(of: work)
        // The first one is the warm-up.
        for round in 0...rounds {
            for index in rows.indices where !runner.isInterrupted {
                guard index == 0 || used.contains(rows[index].id) else { continue }
                progress.say("\(work.rawValue), round \(max(1, round)) of \(rounds): \(rows[index].name)")
                let prefix = index == 0 ? [program] : inside(program, rows[index].id)
                let directory = index == 0 ? shared : "/"
                let run = runner.run(
                    prefix + ["work", work.rawValue, "\(work.rounds)", directory],
                    within: options.limit
                )
                note(run, work, isWarmUp: round == 0, &rows[index])
            }
        }
    }

    private func note(_ run: ProgramRun, _ work: Work, isWarmUp: Bool, _ row: inout BenchRow) {
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
        guard !isWarmUp else { return }
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
