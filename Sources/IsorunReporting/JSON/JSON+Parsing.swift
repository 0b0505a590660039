extension JSON {
    /// Parses one JSON value, which may have white space around it and nothing else.
    ///
    /// - Throws: `ReportingError` of kind `malformed` that names the offset in bytes; also where values are nested
    ///   deeper than 64 levels, which no document of isorun is.
    public init(parsing bytes: [UInt8]) throws(ReportingError) {
        var parser = JSONParser(bytes)
        self = try parser.document()
    }

    /// Parses one JSON value from a text.
    public init(parsing text: String) throws(ReportingError) {
        try self.init(parsing: Array(text.utf8))
    }
}

/// A recursive descent over bytes, RFC 8259 to the letter.
private struct JSONParser {
    private let bytes: [UInt8]
    private var at = 0
    private var depth = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func document() throws(ReportingError) -> JSON {
        let value = try value()
        skipSpace()
        guard at == bytes.count else { throw error("something follows the value") }
        return value
    }

    private mutating func value() throws(ReportingError) -> JSON {
        skipSpace()
        switch peek {
        case UInt8(ascii: "{"): return .object(try object())
        case UInt8(ascii: "["): return .array(try array())
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return .number(try number())
        }
    }

    private mutating func object() throws(ReportingError) -> [JSON.Member] {
        var members: [JSON.Member] = []
        try open()
        guard !take(UInt8(ascii: "}")) else { return close(members) }
        repeat {
            skipSpace()
            let key = try string()
            guard take(UInt8(ascii: ":")) else { throw error("a colon is missing") }
            members.append(JSON.Member(key, try value()))
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "}")) else { throw error("an object is not closed") }
        return close(members)
    }

    private mutating func array() throws(ReportingError) -> [JSON] {
        var values: [JSON] = []
        try open()
        guard !take(UInt8(ascii: "]")) else { return close(values) }
        repeat { values.append(try value()) } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "]")) else { throw error("an array is not closed") }
        return close(values)
    }

    private mutating func string() throws(ReportingError) -> String {
        guard peek == UInt8(ascii: "\"") else { throw error("a text is missing") }
        at += 1
        var text: [UInt8] = []
        while let byte = peek {
            at += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"): try escape(into: &text)
            case 0..<0x20: throw error("a control character stands in a text")
            default: text.append(byte)
            }
        }
        throw error("a text is not closed")
    }

    private mutating func escape(into text: inout [UInt8]) throws(ReportingError) {
        guard let byte = peek else { throw error("a text is not closed") }
        at += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(8)
        case UInt8(ascii: "t"): text.append(9)
        case UInt8(ascii: "n"): text.append(10)
        case UInt8(ascii: "f"): text.append(12)
        case UInt8(ascii: "r"): text.append(13)
        case UInt8(ascii: "u"):
            var unit = UInt32(try hexUnit())
            if 0xD800..<0xDC00 ~= unit, bytes[at...].starts(with: #"\u"#.utf8) {
                let start = at
                at += 2
                let low = UInt32(try hexUnit())
                if 0xDC00..<0xE000 ~= low {
                    unit = 0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00)
                } else {
                    at = start
                }
            }
            text += String(Unicode.Scalar(unit) ?? "\u{FFFD}").utf8
        default: throw error("an unknown escape stands in a text")
        }
    }

    private mutating func hexUnit() throws(ReportingError) -> UInt16 {
        let digits = bytes[at...].prefix(4)
        guard digits.count == 4, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
            let unit = UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
        else { throw error("four hexadecimal digits are missing") }
        at += 4
        return unit
    }

    private mutating func number() throws(ReportingError) -> JSON.Number {
        let start = at
        _ = accept(UInt8(ascii: "-"))
        if !accept(UInt8(ascii: "0")) { try digits() }
        if accept(UInt8(ascii: ".")) { try digits() }
        if accept(UInt8(ascii: "e")) || accept(UInt8(ascii: "E")) {
            if !accept(UInt8(ascii: "+")) { _ = accept(UInt8(ascii: "-")) }
            try digits()
        }
        return JSON.Number(unchecked: String(decoding: bytes[start..<at], as: UTF8.self))
    }

    private mutating func digits() throws(ReportingError) {
        let start = at
        while let byte = peek, UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte { at += 1 }
        guard at > start else { throw error("a value is missing") }
    }

    private mutating func word(_ word: String, _ value: JSON) throws(ReportingError) -> JSON {
        guard bytes[at...].starts(with: word.utf8) else { throw error("a value is missing") }
        at += word.utf8.count
        return value
    }

    private var peek: UInt8? { at < bytes.count ? bytes[at] : nil }

    /// Takes a byte that stands right here.
    private mutating func accept(_ byte: UInt8) -> Bool {
        guard peek == byte else { return false }
        at += 1
        return true
    }

    /// Takes a byte that may have white space before it.
    private mutating func take(_ byte: UInt8) -> Bool {
        skipSpace()
        return accept(byte)
    }

    private mutating func skipSpace() {
        while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { at += 1 }
    }

    private mutating func open() throws(ReportingError) {
        depth += 1
        at += 1
        guard depth <= 64 else { throw error("values are nested deeper than 64 levels") }
    }

    private mutating func close<Value>(_ value: Value) -> Value {
        depth -= 1
        return value
    }

    private func error(_ what: String) -> ReportingError {
        ReportingError(.malformed, "this is not JSON, \(what) at byte \(at)", "")
    }
}
