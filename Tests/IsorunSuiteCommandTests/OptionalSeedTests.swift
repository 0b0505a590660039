import Testing

@testable import IsorunSuiteCommand

@Suite struct `A shuffle without a seed` {
    @Test(arguments: [
        (["test", "--shuffle"], ["test", "--shuffle", "random"]),
        (["test", "--shuffle", "."], ["test", "--shuffle", "random", "."]),
        (["test", "--shuffle", "42", "."], ["test", "--shuffle", "42", "."]),
        (["test", "--shuffle", "random"], ["test", "--shuffle", "random"]),
        (["test", "--shuffle=7"], ["test", "--shuffle=7"]),
        (["test", "--", "--shuffle"], ["test", "--", "--shuffle"]),
    ])
    func `takes one by chance`(words: [String], filled: [String]) {
        #expect(OptionalSeed.filled(in: words) == filled)
    }
}
