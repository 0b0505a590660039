import IsorunFrameworks
import IsorunModel
import Testing

@testable import IsorunProgress
@testable import IsorunSuiteCommand

@Suite struct `Tests that could not be built` {
    private func failed(of names: [String], _ failed: Set<String>) -> [String] {
        names.filter { LastFailures.includes($0, failed) }
    }

    @Test func `are all that failed of their job when that is run again`() {
        let failure = Failure(text: "the build did not pass", code: 1, events: EarlyEnd.events("unit", "did not pass"))
        let tests = UnbuiltTests(failure, of: "unit")
        #expect(tests?.test.fullName == "unit/[build failed]")
        #expect(tests?.result.reason == "did not pass")
        let names = ["unit/a", "unit/Class/b", "lint", "other/a"]
        #expect(failed(of: names, ["unit/[build failed]"]) == ["unit/a", "unit/Class/b"])
    }

    @Test(arguments: [Int32(125), 130, 64])
    func `are no result of isorun's own failures`(_ code: Int32) {
        let failure = Failure(text: "x", code: code, events: EarlyEnd.events("unit", "x"))
        #expect(UnbuiltTests(failure, of: "unit") == nil)
    }
}
