internal import IsorunModel
internal import IsorunReporting

extension Bench {
    /// From this on a run is slow.
    private static let slow = Duration.milliseconds(150)

    /// How long it takes to the first instruction of a job, and to the end of all.
    public func startup() throws(BenchError) -> BenchReport {
        var report = emptyReport("startup")
        progress.say("looking for runtimes", always: true)
        let runtimes = try Runtimes(host: host, scratch: scratch, isorun: isorun, runner: runner)
        let (virtual, facts) = machines.all(wanted: wants)
        report.host += facts
        let findings = runtimes.all(wanted: wants) + virtual
        let found = findings.compactMap(\.subject)
        let subjects = found.filter { $0.id != WarmSeries.id }
        var series = subjects.map { StartSeries($0, wanted: options.runs, limit: options.limit) }
        var warm = found.first { $0.id == WarmSeries.id }.map {
            WarmSeries($0, wanted: options.runs, limit: options.limit)
        }
        warmUp(&series)
        measure(&series, &warm)
        farewell(subjects)
        var phases: [BenchRow.Phase] = []
        if !runner.isInterrupted, let own = subjects.first(where: { $0.id == "isorun" }) {
            phases = self.phases(of: own)
        }
        report.rows = findings.map { finding in
            switch finding {
            case .missing(let row): return row
            case .found(let subject):
                if let warm, subject.id == WarmSeries.id { return warm.row }
                var row =
                    series.first { $0.subject.id == subject.id }?.row ?? BenchRow(id: subject.id, name: subject.name)
                if subject.id == "isorun" { row.phases = phases }
                return row
            }
        }
        report.noise = report.rows.first { $0.id == "fork" }?.measures.last.flatMap { Noise($0.samples) }
        report.relate { _ in "isorun" }
        finish(&report)
        return report
    }

    private func warmUp(_ series: inout [StartSeries]) {
        for _ in 0..<options.warmup {
            for index in series.indices where series[index].givenUp == nil && !runner.isInterrupted {
                guard !series[index].isWarm(slowFrom: Self.slow) else { continue }
                progress.say("warming up: \(series[index].subject.name)")
                series[index].warm(run(series[index].subject, within: options.limit))
            }
        }
        for index in series.indices { series[index].settle(slowFrom: Self.slow, slowRuns: options.slowRuns) }
    }

    /// Runs everything once a round.
    ///
    /// Each round begins with the next one, so that none always inherits what the same other
    /// one left to the kernel to clean up. What is slow takes part in every so-and-so-many-th round.
    private func measure(_ series: inout [StartSeries], _ warm: inout WarmSeries?) {
        let rounds = options.runs
        var extra = 0
        while !runner.isInterrupted && (series.contains { !$0.isDone } || warm?.isDone == false)
            && extra < 2 * rounds + 10
        {
            let round = extra
            if warm?.isDue(round: round, of: rounds) == true {
                progress.say("round \(min(round + 1, rounds)) of \(rounds): \(warm?.subject.name ?? "")")
                run(&warm)
            }
            for turn in series.indices where !runner.isInterrupted {
                let index = (turn + round) % series.count
                guard !series[index].isDone, series[index].isDue(round: round, of: rounds) else { continue }
                progress.say("round \(min(round + 1, rounds)) of \(rounds): \(series[index].subject.name)")
                series[index].note(run(series[index].subject, within: options.limit))
            }
            extra += 1
        }
    }

    /// Runs a suite, and hands over what its result documents say.
    private func run(_ warm: inout WarmSeries?) {
        guard let command = warm?.subject.command, let results = warm?.results else { return }
        let run = runner.run(command, within: options.limit)
        warm?.note(run, documents: (try? RegularFile.read(results, limit: 1 << 24)) ?? [])
    }

    /// What isorun itself says of its start, in runs apart, as the document costs time.
    private func phases(of subject: Subject) -> [BenchRow.Phase] {
        var found: [(name: String, samples: [Double])] = []
        let file = scratch.path("result.json")
        var command = subject.command
        command.insert(contentsOf: ["--json", file], at: 1)
        for _ in 0..<min(20, options.runs) where !runner.isInterrupted {
            guard runner.run(command, within: options.limit).problem(after: options.limit) == nil,
                let bytes = try? RegularFile.read(file, limit: 1 << 20), let document = try? JSON(parsing: bytes),
                let members = document["startup"]?["phases"]?.members
            else { return [] }
            for member in members {
                guard let value = member.value.double else { continue }
                if let index = found.firstIndex(where: { $0.name == member.key }) {
                    found[index].samples.append(value)
                } else {
                    found.append((member.key, [value]))
                }
            }
        }
        return found.map { .init($0.name, Bootstrap.median($0.samples)) }
    }
}

extension StartSeries {
    /// Whether it takes part in this round: spread evenly, and in every one once the rounds are over.
    func isDue(round: Int, of rounds: Int) -> Bool {
        guard wanted < rounds, round < rounds else { return true }
        return round * wanted / rounds != (round + 1) * wanted / rounds
    }
}
