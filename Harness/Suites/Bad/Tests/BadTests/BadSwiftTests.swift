import Bad
import Testing

@Suite struct BadSwiftTests {
    @Test func crash() { Bad.crash() }
    @Test func exitZero() { Bad.leave() }
    @Test func fails() { #expect(1 == 2) }
    @Test func fatal() { Bad.trap() }
    @Test func loop() { Bad.loop() }
    @Test func memory() { Bad.takeMemory() }
    @Test func passes() {}
    @Test(.disabled("not today")) func skips() {}
    @Test(arguments: [1, 2, 3]) func oneOfThreeFails(_ number: Int) { #expect(number != 2) }
    @Test func `has a name, with spaces / and "quotes" 🐟`() {}
    /// Passes at the second attempt: the volume outlives the container.
    @Test func flaky() { #expect(Bad.wasHere()) }
    @Test func knownIssue() { withKnownIssue { #expect(1 == 2) } }
}
