import Roman
import Testing

@Suite struct `A Roman number` {
    @Test(arguments: [(1, "I"), (4, "IV"), (14, "XIV"), (1999, "MCMXCIX"), (3999, "MMMCMXCIX")])
    func `is written with the fewest numerals`(value: Int, text: String) {
        #expect(Roman(value)?.text == text)
    }

    @Test(arguments: [Int.min, -1, 0, 4000, Int.max])
    func `is from 1 to 3999`(value: Int) {
        #expect(Roman(value) == nil)
    }
}
