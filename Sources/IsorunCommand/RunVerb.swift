internal import Glibc
internal import Isorun
internal import IsorunArguments
internal import IsorunModel
internal import IsorunReporting
internal import IsorunSystem
internal import SystemPackage

/// `isorun run`: one job in the foreground.
enum RunVerb {
    /// Runs the job, writes its reports, says how it ended: the exit code.
    static func run(_ arguments: RunArguments) -> Int32 {
        do {
            let request = try arguments.resolve(workingDirectory: WorkingDirectory.current())
            if request.job.streams.detached {
                StandardStreams.complain("isorun: \(OtherProgram.becomeDetached(ProcessArguments.bytes))")
                return 125
            }
            try checkTerminal(request.job)
            return run(request, try begin(request))
        } catch let error as ReportProblem {
            StandardStreams.complain("isorun: \(error)")
            return error.isUsage ? UsageError.exitCode : 125
        } catch let error as WorkingDirectory.Missing {
            StandardStreams.complain("isorun: \(error)")
            return 125
        } catch {
            StandardStreams.complain("isorun: \(error)")
            return UsageError.exitCode
        }
    }

    private static func begin(_ request: RunRequest) throws(ReportProblem) -> JobReports {
        let paths = request.reports
        var reports = try JobReports(
            json: paths.json?.path,
            junit: paths.junit?.path,
            junitDialect: paths.junitDialect.rawValue,
            events: paths.events?.path,
            writes: request.job.collection.writes?.string
        )
        try reports.begin()
        return reports
    }

    private static func run(_ request: RunRequest, _ reports: consuming JobReports) -> Int32 {
        let teller = Teller(request.reports)
        var interruptions = Interruptions()
        var runner = JobRunner()
        // Nobody gains by it: it shows that a container made ahead is like any other (Harness/Scenarios).
        runner.makesAhead = unsafe getenv("ISORUN_AHEAD") != nil
        let job = runner.run(request.job) { event in
            if case .jobStarting = event { interruptions.hold() }
            reports.note(event)
            teller.hear(event)
        }
        return finish(job, reports, teller, interruptions)
    }

    /// A report that cannot be written, or output, is isorun's failure, and never changes what is said of the job.
    private static func finish(
        _ job: FinishedJob,
        _ reports: consuming JobReports,
        _ teller: Teller,
        _ interruptions: consuming Interruptions
    ) -> Int32 {
        reports.writeFiles(job)
        // From here on isorun may wait for whoever reads what it says.
        interruptions.release()
        teller.tell(job)
        let problems = reports.finish(job).map { "\($0)" } + [job.lostOutput].compactMap { $0 }
        for problem in problems { StandardStreams.complain("isorun: \(problem)") }
        return problems.isEmpty ? job.exitCode : 125
    }

    private static func checkTerminal(_ job: JobSpec) throws(UsageError) {
        guard job.streams.terminal, !StandardStreams.inputIsTerminal else { return }
        throw UsageError(
            option: "--tty",
            problem: "standard input is not a terminal",
            hint: "leave -t out in scripts and pipelines; -i alone passes standard input on"
        )
    }
}

/// What is said on stderr while a job runs and at its end.
struct Teller {
    private let quiet: Bool
    private let verbose: Bool

    init(_ reports: ReportRequest) {
        quiet = reports.quiet
        verbose = reports.verbose
    }

    func hear(_ event: RunEvent) {
        if case .note(let text) = event, text.hasPrefix("warning: "), !quiet { return say(text) }
        // A port that isorun chose is nowhere else to be read.
        if case .note(let text) = event, text.hasPrefix("published "), !quiet { return say(text) }
        guard verbose else { return }
        switch event {
        case .jobStarting(let name, _, _): say("making the container of \(name)")
        case .jobStarted(_, let startup):
            let phases = startup.phases.map { "\($0.name) \($0.duration.text)" }.joined(separator: ", ")
            say("the job runs after \(startup.total.text): \(phases)")
        case .note(let text): say(text)
        case .jobReported, .jobFinished: break
        }
    }

    func tell(_ job: FinishedJob) {
        if let problem = job.problem {
            StandardStreams.complain("isorun: \(TerminalText.lines(problem))")
        } else if !quiet {
            let summary = Summary.text(job.result, color: Self.color)
            if job.isCutShort { LastWords.say(summary, on: STDERR_FILENO) } else { StandardStreams.complain(summary) }
        }
    }

    private func say(_ text: String) {
        StandardStreams.complain("isorun: \(TerminalText.escape(text))")
    }

    private static var color: Bool {
        func value(_ name: String) -> String? { unsafe getenv(name).map { unsafe String(cString: $0) } }
        return TerminalColor.isWanted(
            isTerminal: StandardStreams.errorIsTerminal,
            noColor: value("NO_COLOR"),
            term: value("TERM")
        )
    }
}

extension ReportDestination {
    /// The path as the reports take it.
    var path: String {
        switch self {
        case .standardOutput: "-"
        case .file(let path): path.string
        }
    }
}

extension TerminalText {
    /// Escapes each line by itself, so that a message keeps its lines and nothing else of what moves a cursor.
    static func lines(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { escape(String($0)) }.joined(separator: "\n")
    }
}
