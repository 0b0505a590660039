internal import IsorunModel

/// One component of a pattern: `*`, `?`, `[…]`, and `\` before a character that means itself.
///
/// A `*` and a `?` match a leading dot too. `?` and a class match one character of UTF-8, or one byte where a name is
/// no UTF-8; a `[` that is never closed means itself.
struct NamePattern: Hashable {
    private enum Token: Hashable {
        case character(UInt32)
        case any
        case anything
        case oneOf([ClosedRange<UInt32>], negated: Bool)
    }

    private let tokens: [Token]

    /// The name that is meant where it can be only one.
    let literal: ByteString?

    init(_ text: some Sequence<UInt8>) {
        let units = Self.units(Array(text))
        var tokens: [Token] = []
        var index = 0
        while index < units.count {
            let unit = units[index]
            index += 1
            switch unit {
            case UInt32(UInt8(ascii: "*")): if tokens.last != .anything { tokens.append(.anything) }
            case UInt32(UInt8(ascii: "?")): tokens.append(.any)
            case UInt32(UInt8(ascii: "\\")) where index < units.count:
                tokens.append(.character(units[index]))
                index += 1
            case UInt32(UInt8(ascii: "[")):
                if let (token, next) = Self.oneOf(units, from: index) {
                    tokens.append(token)
                    index = next
                } else {
                    tokens.append(.character(unit))
                }
            default: tokens.append(.character(unit))
            }
        }
        self.tokens = tokens
        literal = Self.literal(tokens)
    }

    /// Whether a name matches; the time is bounded by the product of both lengths.
    func matches(_ name: ByteString) -> Bool {
        if let literal { return literal == name }
        let units = Self.units(name.bytes)
        var token = 0
        var unit = 0
        var retry: (token: Int, unit: Int)?
        while unit < units.count {
            if token < tokens.count {
                if tokens[token] == .anything {
                    retry = (token, unit)
                    token += 1
                    continue
                }
                if Self.matches(tokens[token], units[unit]) {
                    token += 1
                    unit += 1
                    continue
                }
            }
            guard let last = retry else { return false }
            retry = (last.token, last.unit + 1)
            token = last.token + 1
            unit = last.unit + 1
        }
        return tokens[token...].allSatisfy { $0 == .anything }
    }

    private static func matches(_ token: Token, _ unit: UInt32) -> Bool {
        switch token {
        case .character(let wanted): wanted == unit
        case .any: true
        case .anything: false
        case .oneOf(let ranges, let negated): ranges.contains { $0.contains(unit) } != negated
        }
    }

    /// `[abc]`, `[a-z]`, `[!a]`, `[^a]`; a `]` that comes first means itself.
    private static func oneOf(_ units: [UInt32], from start: Int) -> (Token, next: Int)? {
        var index = start
        var negated = false
        if index < units.count, [UInt32(UInt8(ascii: "!")), UInt32(UInt8(ascii: "^"))].contains(units[index]) {
            negated = true
            index += 1
        }
        var ranges: [ClosedRange<UInt32>] = []
        while index < units.count {
            if units[index] == UInt32(UInt8(ascii: "]")) && !ranges.isEmpty {
                return (.oneOf(ranges, negated: negated), index + 1)
            }
            let low = units[index]
            let isRange =
                index + 2 < units.count && units[index + 1] == UInt32(UInt8(ascii: "-"))
                && units[index + 2] != UInt32(UInt8(ascii: "]"))
            let high = isRange ? units[index + 2] : low
            ranges.append(min(low, high)...max(low, high))
            index += isRange ? 3 : 1
        }
        return nil
    }

    private static let invalidByte: UInt32 = 0x8000_0000

    /// Characters of UTF-8; a byte that belongs to none is a unit of its own that no character equals.
    private static func units(_ bytes: [UInt8]) -> [UInt32] {
        if bytes.allSatisfy({ $0 < 0x80 }) { return bytes.map(UInt32.init) }
        return UTF8Pieces(bytes).map { $0.scalar?.value ?? invalidByte | UInt32($0.bytes[$0.bytes.startIndex]) }
    }

    private static func literal(_ tokens: [Token]) -> ByteString? {
        var bytes: [UInt8] = []
        for token in tokens {
            guard case .character(let unit) = token else { return nil }
            guard let scalar = Unicode.Scalar(unit) else {
                bytes.append(UInt8(truncatingIfNeeded: unit))
                continue
            }
            bytes += Array(String(Character(scalar)).utf8)
        }
        return ByteString(bytes)
    }
}
