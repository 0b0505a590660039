/// A number as the Romans wrote it.
public struct Roman: Hashable, Sendable {
    /// The number's value, from 1 to 3999.
    public let value: Int

    private static let digits = [
        (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL"), (10, "X"),
        (9, "IX"), (5, "V"), (4, "IV"), (1, "I"),
    ]

    /// Makes a number that the Romans could write; nil for others.
    public init?(_ value: Int) {
        guard (1...3999).contains(value) else { return nil }
        self.value = value
    }

    /// The numerals, as in `MCMXCIX`.
    public var text: String {
        var rest = value
        var text = ""
        for (worth, digit) in Self.digits {
            while rest >= worth {
                text += digit
                rest -= worth
            }
        }
        return text
    }
}
