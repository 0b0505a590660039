import Testing

@testable import IsorunSuiteCommand

@Suite struct `A build` {
    @Test func `has its hour, or the time of a test where that is longer`() {
        #expect(PackageTests.buildTimeout(nil) == .seconds(3600))
        #expect(PackageTests.buildTimeout(.seconds(2)) == .seconds(3600))
        #expect(PackageTests.buildTimeout(.seconds(10_800)) == .seconds(10_800))
    }
}
