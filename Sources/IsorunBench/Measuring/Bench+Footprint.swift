internal import CIsorunBench
internal import Glibc
internal import IsorunModel

extension Bench {
    /// The memory beside one idle container, and beside each of many.
    public func footprint() throws(BenchError) -> BenchReport {
        var report = emptyReport("footprint")
        progress.say("looking for runtimes", always: true)
        let runtimes = try Runtimes(host: host, scratch: scratch, isorun: isorun, runner: runner)
        let (virtual, facts) = machines.all(wanted: wants)
        report.host += facts
        let findings = runtimes.all(wanted: wantsProcess) + virtual
        report.rows = warmElsewhere
        var bare = bareStarts()
        for finding in findings {
            switch finding {
            case .missing(let row): report.rows.append(row)
            case .found(let subject):
                report.rows += rows(of: subject)
                farewell([subject])
            }
        }
        bare += bareStarts()
        report.noise = Noise(bare)
        report.reference = "isorun, as many"
        report.notes = [
            "of shared pages each process counts its share (PSS); the idle program itself is not counted, and daemons "
                + "that ran before are not",
            "the machine's own count is the difference of MemAvailable, in which the kernel's memory is and other "
                + "programs' are too",
        ]
        report.relate { row in row.id.split(separator: "@").dropFirst().first.map { "isorun@\($0)" } }
        finish(&report)
        return report
    }

    private func rows(of subject: Subject) -> [BenchRow] {
        var one = BenchRow(id: "\(subject.id)@1", name: "\(subject.name), 1", limits: subject.limits)
        one.command = subject.idleCommand ?? []
        one.measures = [Measure(id: "pss", title: "memory of its own processes beside a container", unit: "KiB")]
        var judge = ClockJudge()
        var slow = false
        for _ in 0..<options.rounds where !runner.isInterrupted && one.failure == nil {
            progress.say("one container: \(subject.name)")
            let begin = isorun_bench_now()
            hold(1, subject, &one, &judge)
            slow = isorun_bench_now() - begin > 500_000_000
        }
        let count = slow ? min(10, options.containers) : options.containers
        var many = BenchRow(id: "\(subject.id)@many", name: "\(subject.name), each of \(count)", limits: subject.limits)
        guard one.failure == nil else { return [one] }
        many.measures = [
            Measure(id: one.measures[0].id, title: one.measures[0].title, unit: one.measures[0].unit),
            Measure(id: "machine", title: "memory that the machine lost to each", unit: "KiB"),
        ]
        for round in 0..<options.rounds where !runner.isInterrupted && many.failure == nil {
            progress.say("\(count) containers, round \(round + 1) of \(options.rounds): \(subject.name)")
            hold(count, subject, &many, &judge)
        }
        if count < options.containers, many.note == nil { many.note = "fewer than the others, as it is slow to start" }
        return [one, many]
    }

    /// Starts so many, looks at them, and ends them.
    private func hold(_ count: Int, _ subject: Subject, _ row: inout BenchRow, _ judge: inout ClockJudge) {
        guard let command = subject.idleCommand else { return }
        var alive: [(idle: isorun_bench_idle, run: Int)] = []
        let before = HostView.kibibytes("/proc/meminfo", "MemAvailable")
        while alive.count < count && row.failure == nil && !runner.isInterrupted {
            let number = newRun()
            let (idle, run) = runner.start(Subject.filled(command, run: number), within: options.limit)
            if let idle {
                alive.append((idle, number))
                do throws(ClockJudge.Doubt) {
                    _ = try judge.instant(of: run, ownClock: subject.ownClock)
                } catch {
                    row.failure = .init("container \(alive.count) of \(count): \(error.text)")
                }
            } else {
                remove(subject, run: number)
                if run.ending != .interrupted {
                    row.failure = .init(
                        "container \(alive.count + 1) of \(count): "
                            + (run.problem(after: options.limit) ?? "it ended in place of waiting")
                    )
                }
            }
        }
        if alive.count == count, row.failure == nil, !runner.isInterrupted {
            let after = HostView.kibibytes("/proc/meminfo", "MemAvailable")
            let words = alive.compactMap { identity(subject, $0.run) }
            let sum = ProcessMemory.own(besides: getpid(), words: words)
            row.measures[0].samples.append(Double(sum) / Double(count))
            if row.measures.count > 1, let before, let after {
                // Less than what others gave back meanwhile is no figure.
                if before > after {
                    row.measures[1].samples.append(Double(before - after) / Double(count))
                } else {
                    row.note = "the machine had no less memory than before: too little to be seen among other programs"
                }
            }
        }
        for one in alive {
            remove(subject, run: one.run)
            runner.stop(one.idle, within: .seconds(5))
        }
    }

    private func identity(_ subject: Subject, _ number: Int) -> String? {
        guard let command = subject.identify else { return nil }
        let run = runner.run(Subject.filled(command, run: number), within: .seconds(10))
        let word = run.output.split(separator: "\n").first.map(String.init)
        return word.flatMap { $0.count >= 12 ? $0 : nil }
    }
}
