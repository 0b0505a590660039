import Foundation
import IsorunJUnit
import IsorunModel
import IsorunReporting

extension JUnitStyle {
    /// The style that the program uses.
    static let plain = JUnitStyle(
        output: { OutputText.render($0) },
        timestamp: { Timestamp.text(microseconds: $0) }
    )
}

extension JUnitReport {
    /// The report as text.
    func text(_ dialect: JUnitDialect = .default) throws -> String {
        String(decoding: try xml(dialect), as: UTF8.self)
    }
}

/// A result of some outcome.
func job(_ name: String, _ outcome: Outcome, attempt: Int = 1, reason: String = "because") -> JobResult {
    let host = HostSummary(kernel: "6.18.0", cgroup: "v2", rootless: true)
    var result = JobResult(
        name: name,
        command: ["true"],
        outcome: outcome,
        reason: reason,
        startedAtUs: 0,
        duration: .milliseconds(1500),
        host: host
    )
    result.attempt = attempt
    return result
}

/// The report of some results.
func report(_ results: [JobResult], output: [UInt8] = [], collected: [CollectedReport] = []) -> JUnitReport {
    var builder = JUnitBuilder(style: .plain)
    for result in results {
        let captured = CapturedOutput(head: output)
        _ = builder.append(.jobFinished(result, stdout: captured, stderr: captured))
    }
    for file in collected { builder.append(file) }
    return builder.report(isOver: true)
}

/// The stored events that the reporting tests keep: a report can be made again from them.
let storedEvents: URL = {
    let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    return tests.deletingLastPathComponent().appending(path: "IsorunReportingTests/Snapshots/events.jsonl")
}()
