import IsorunReporting
import Testing

@testable import IsorunFrameworks

@Suite struct `A time that a test's text tells` {
    @Test(arguments: [Double.nan, .infinity, -.infinity, -1, -1e308, 1e300, 1e9 + 1])
    func `is none where it can be no time`(seconds: Double) {
        #expect(Duration(told: seconds) == nil)
    }

    @Test func `is what it says else`() {
        #expect(Duration(told: 0) == .zero && Duration(told: 1.5) == .milliseconds(1500))
        #expect(Duration(told: 1e9) != nil && Duration(told: nil) == nil)
    }

    private func reports(_ framework: some Framework, _ text: String) -> [TestReport] {
        let test = TestID(classname: "", name: "S.T", specifier: "S.T", runner: "p")
        let evidence = TestEvidence(stdout: Array(text.utf8), stderr: [], report: nil, exitCode: 0)
        return framework.read(evidence, of: [test])
    }

    @Test(arguments: ["9223372036854775807", "-5", "nan", "inf", "1e400"])
    func `ends no run, and spoils no report, whatever stands there`(time: String) {
        let google = "[ RUN      ] S.T\n[       OK ] S.T (\(time) ms)\n[==========] 1 test ran.\n"
        #expect(reports(GoogleTestFramework(), google).last?.duration == nil)
        #expect(reports(GoFramework(), "=== RUN   S.T\n--- PASS: S.T (\(time)s)\nPASS\n").last?.duration == nil)
        let ctest = reports(CTestFramework(), "1/1 Test #1: S.T ....   Passed  \(time) sec\n")
        #expect(ctest.last?.duration ?? .zero == .zero)
    }
}
