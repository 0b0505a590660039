import IsorunModel
import IsorunProgress
import Testing

@testable import IsorunSuiteCommand

@Suite struct `The totals of a run` {
    private func totals(_ events: [SuiteEvent]) throws -> SuiteTotals {
        var hearing = Hearing(
            terminal: SuiteTerminal(style: SuiteTerminal.Style()),
            journal: nil,
            plan: SuitePlan(names: ["a", "b"]),
            retries: 1,
            ownRetries: [:],
            begin: 0
        )
        let nobody = try Consumers(ReportPaths())
        for event in events { hearing.replay(event, nobody) }
        return hearing.totals
    }

    @Test func `count a failure that was being tried again when the run was interrupted`() throws {
        let ended = try totals([.ended("a", .failed), .ended("a", .cancelled, attempt: 2), .ended("b", .cancelled)])
        #expect(ended.failed == 1 && ended.notRun == 1 && ended.total == 2)
        let passed = try totals([.ended("a", .failed), .ended("a", attempt: 2), .ended("b")])
        #expect(passed.failed == 0 && passed.passed == 2)
    }
}
