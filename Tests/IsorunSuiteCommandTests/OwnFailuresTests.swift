import Testing

@testable import IsorunSuiteCommand

@Suite struct `Failures of isorun's own` {
    @Test func `are those of the last attempt at each`() {
        let failures = OwnFailures()
        failures.note("a", true)
        failures.note("b", false)
        #expect(!failures.isEmpty)
        failures.note("a", false)
        #expect(failures.isEmpty)
    }
}
