import IsorunModel
import SystemPackage

/// The value of an option while it is being understood; whatever refuses it names both.
struct OptionValue {
    let option: String
    let bytes: ByteString

    init(_ option: String, _ bytes: ByteString) {
        self.option = option
        self.bytes = bytes
    }

    init(_ option: String, _ text: String) {
        self.init(option, ByteString(text))
    }

    var text: String { bytes.text }

    /// The error that the value `problem`, as in "is not a size".
    func refused(_ problem: String, example: String? = nil, hint: String? = nil) -> UsageError {
        UsageError(
            option: option,
            problem: "\(Self.quoted(text)) \(problem)",
            hint: hint ?? example.map { "for example: \($0)" }
        )
    }

    /// The text in quotes, with what a terminal would act on made visible.
    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            let visible = scalar.value >= 0x20 && !(0x7F...0x9F).contains(scalar.value)
            if visible { result.unicodeScalars.append(scalar) } else { result += scalar.escaped(asASCII: true) }
        }
        return result + "\""
    }
}

extension OptionValue {
    /// A size above zero: zero would mean no limit to the kernel, and never to a person.
    func size(example: String, atLeast least: ByteCount = ByteCount(1)) throws(UsageError) -> ByteCount {
        guard let size = ByteCount(parsing: text) else { throw refused("is not a size", example: example) }
        guard size >= least else {
            throw refused(least.bytes == 1 ? "is nothing at all" : "is less than \(least)", example: example)
        }
        return size
    }

    /// A duration; zero only where it means something.
    func duration(example: String, allowsZero: Bool = false) throws(UsageError) -> Duration {
        guard let duration = Duration(parsing: text) else { throw refused("is not a duration", example: example) }
        guard allowsZero || duration > .zero else { throw refused("is no time at all", example: example) }
        return duration
    }

    /// A whole number in plain digits.
    func number(_ range: ClosedRange<UInt64>, example: String) throws(UsageError) -> UInt64 {
        guard let number = Self.number(text) else { throw refused("is not a whole number", example: example) }
        guard range.contains(number) else {
            throw refused("is not between \(range.lowerBound) and \(range.upperBound)", example: example)
        }
        return number
    }

    /// Plain digits only: no sign, no blank, no digits of other scripts.
    static func number(_ text: some StringProtocol) -> UInt64? {
        text.utf8.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 } ? UInt64(text) : nil
    }

    /// One of the words of an enumeration.
    func choice<Choice: RawRepresentable<String>>(_ noun: String, among choices: [Choice]) throws(UsageError) -> Choice
    {
        if let choice = choices.first(where: { $0.rawValue == text }) { return choice }
        throw unknown(noun, among: choices.map(\.rawValue))
    }

    /// The error for a word that is none of a list.
    func unknown(_ noun: String, among words: [String]) -> UsageError {
        let nearest = Suggestion.nearest(to: text, among: words).map { "did you mean \($0)?" }
        return refused("is not \(noun)", hint: nearest ?? "use one of: \(words.joined(separator: ", "))")
    }
}
