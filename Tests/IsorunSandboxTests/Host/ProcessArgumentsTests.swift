import IsorunSystem
import Testing

@Suite struct `The arguments of this process` {
    @Test func `are those that it was started with`() {
        #expect(ProcessArguments.words == Array(CommandLine.arguments.dropFirst()))
        #expect(!ProcessArguments.words.isEmpty)
    }
}
