/// A JSON value that keeps the order of its keys and the digits of its numbers.
///
/// Foundation's coders do neither, and linking them would slow the start of every `isorun`.
public enum JSON: Hashable, Sendable {
    /// The value that says nothing.
    case null
    /// A truth value.
    case bool(Bool)
    /// A number, digit by digit.
    case number(Number)
    /// A text.
    case string(String)
    /// Values in order.
    case array([JSON])
    /// Members in order.
    case object([Member])

    /// A key and its value.
    public struct Member: Hashable, Sendable {
        /// The key.
        public var key: String
        /// The value.
        public var value: JSON

        /// Makes a member.
        public init(_ key: String, _ value: JSON) {
            self.key = key
            self.value = value
        }
    }

    /// A number as it is written; only valid ones can be made.
    public struct Number: Hashable, Sendable {
        /// The digits, sign, point and exponent.
        public let text: String

        init(unchecked text: String) { self.text = text }
    }
}

extension JSON {
    /// A whole number, or null.
    public static func whole(_ value: (some BinaryInteger)?) -> JSON {
        value.map { .number(Number(unchecked: String($0))) } ?? .null
    }

    /// A text, or null.
    public static func text(_ value: String?) -> JSON {
        value.map { .string($0) } ?? .null
    }

    /// A number of at most three decimals, `0.5` or `2`; null for nil and for what is no finite number.
    public static func decimal(_ value: Double?) -> JSON {
        guard let value, value.isFinite, value.magnitude < 1e15 else { return .null }
        return .number(thousandths: Int64((value * 1000).rounded()))
    }

    /// A duration in milliseconds with at most three decimals, computed without binary fractions.
    public static func milliseconds(_ value: Duration) -> JSON {
        let (seconds, attoseconds) = value.components
        let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
        let micros = (attoseconds + (attoseconds < 0 ? -500_000_000_000 : 500_000_000_000)) / 1_000_000_000_000
        let (sum, overflowed) = scaled.addingReportingOverflow(micros)
        return overflow || overflowed ? .null : .number(thousandths: sum)
    }

    private static func number(thousandths value: Int64) -> JSON {
        let (whole, rest) = value.magnitude.quotientAndRemainder(dividingBy: 1000)
        var text = value < 0 ? "-\(whole)" : "\(whole)"
        if rest > 0 {
            var digits = String(1000 + rest).dropFirst()
            while digits.last == "0" { digits.removeLast() }
            text += "." + digits
        }
        return .number(Number(unchecked: text))
    }
}

extension JSON {
    /// The value of a key; nil where this is no object or has no such key.
    public subscript(key: String) -> JSON? {
        guard case .object(let members) = self else { return nil }
        return members.last { $0.key == key }?.value
    }

    /// The text, where this is one.
    public var string: String? {
        if case .string(let text) = self { text } else { nil }
    }

    /// The truth value, where this is one.
    public var bool: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    /// The values, where this is an array.
    public var array: [JSON]? {
        if case .array(let values) = self { values } else { nil }
    }

    /// The members, where this is an object.
    public var members: [Member]? {
        if case .object(let members) = self { members } else { nil }
    }

    /// The number as a floating point one, where this is a finite number.
    public var double: Double? {
        guard case .number(let number) = self, let value = Double(number.text), value.isFinite else { return nil }
        return value
    }

    /// The number as a whole one, where it is written as one that fits.
    public func integer<Integer: FixedWidthInteger>(_ type: Integer.Type = Integer.self) -> Integer? {
        guard case .number(let number) = self else { return nil }
        return Integer(number.text)
    }
}
