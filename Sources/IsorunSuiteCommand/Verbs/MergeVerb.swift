import ArgumentParser
import IsorunModel
import IsorunProgress
import IsorunReporting
import IsorunSystem
import SystemPackage

/// `isorun merge`: the events of all partitions become one report.
struct MergeCommandLine: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "merge",
        abstract: "Put the events of all partitions of a run into one report, in the plan's order.",
        discussion: """
            Takes what --events wrote. Files of different plans are refused; what no file has a result for is an error \
            in the report and here, and so is a partition that failed before it had a plan. Exit codes: 0 all passed; 1 something did not, or is missing; 64 usage; 125 a file \
            could not be read or written.
            """
    )

    @Argument(help: "Events of partitions (isorun.events/1).")
    var files: [String]

    @Option(help: .init("Write JUnit XML; - is standard output.", valueName: "file"))
    var junit: String?

    @Option(help: .init("Which JUnit XML: default or surefire.", valueName: "dialect"))
    var junitDialect: String = "default"

    @Option(help: .init("Write result documents, one on each line.", valueName: "file"))
    var json: String?

    @Option(help: .init("Write the merged events.", valueName: "file"))
    var events: String?

    func validate() throws { try ReportPaths.check(dialect: junitDialect) }

    func run() throws {
        throw ExitCode(verb())
    }

    private func verb() -> Int32 {
        do throws(Failure) {
            var merge = EventMerge()
            for file in files {
                let bytes = try Failure.own { () throws(SystemError) in
                    try SmallFile.readWhole(FilePath(file), limit: 1 << 30)
                }
                try merge.add(bytes, named: file)
            }
            for file in merge.empty {
                Say.error("note: \(TerminalText.escape(file)) is empty: isorun was ended before it knew what to run")
            }
            return try write(merge.finish())
        } catch {
            Say.error(error.text)
            return error.code
        }
    }

    private func write(_ merged: [SuiteEvent]) throws(Failure) -> Int32 {
        var totals = SuiteTotals()
        do throws(ReportingError) {
            let paths = ReportPaths(junit: junit, junitDialect: junitDialect, json: json, events: events)
            try paths.check(reading: files)
            let consumers = try Consumers(paths)
            var terminal = SuiteTerminal(
                style: Screen.style(output: .none, quiet: true, slowAfter: .seconds(60), again: "")
            )
            // Attempts of a job stand one after the other.
            for (event, next) in zip(merged, merged.dropFirst().map(\.resultName) + [nil]) {
                consumers.hear(event, line: SuiteEventDocument.line(event))
                if case .finished(let end) = event { totals = end }
                if case .job(.note(let text)) = event { Say.error("note: \(TerminalText.escape(text))") }
                Say.asIs(terminal.hear(event, isLast: event.resultName != next || next == nil, at: .zero))
            }
            StepSummary.append(terminal, totals)
            for problem in consumers.finish() { throw ReportingError(.system, "cannot write the report", problem) }
        } catch {
            throw Failure(text: "\(error)", code: error.kind == .usage ? 64 : 125)
        }
        return totals.failed > 0 || totals.notRun > 0 ? 1 : 0
    }
}
