extension JSON {
    /// The value on one line, without a line end.
    public var line: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(2048)
        write(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The value for a person: each member of the outermost object on a line of its own.
    public var page: String {
        guard case .object(let members) = self, !members.isEmpty else { return line + "\n" }
        let lines = members.map { member in "  " + JSON.string(member.key).line + ": " + member.value.line }
        return "{\n" + lines.joined(separator: ",\n") + "\n}\n"
    }

    private func write(to out: inout [UInt8]) {
        switch self {
        case .null: Self.append("null", to: &out)
        case .bool(let value): Self.append(value ? "true" : "false", to: &out)
        case .number(let number): Self.append(number.text, to: &out)
        case .string(let text): Self.write(text, to: &out)
        case .array(let values):
            Self.write(values, between: (UInt8(ascii: "["), UInt8(ascii: "]")), to: &out) { value, out in
                value.write(to: &out)
            }
        case .object(let members):
            Self.write(members, between: (UInt8(ascii: "{"), UInt8(ascii: "}")), to: &out) { member, out in
                Self.write(member.key, to: &out)
                out.append(UInt8(ascii: ":"))
                member.value.write(to: &out)
            }
        }
    }

    private static func write<Element>(
        _ elements: [Element],
        between brackets: (UInt8, UInt8),
        to out: inout [UInt8],
        each: (Element, inout [UInt8]) -> Void
    ) {
        out.append(brackets.0)
        var isFirst = true
        for element in elements {
            if !isFirst { out.append(UInt8(ascii: ",")) }
            isFirst = false
            each(element, &out)
        }
        out.append(brackets.1)
    }

    private static func append(_ text: String, to out: inout [UInt8]) {
        var text = text
        text.withUTF8 { bytes in unsafe out.append(contentsOf: bytes) }
    }

    /// Escapes what JSON demands, and DEL and the C1 controls as well, which a terminal would obey.
    private static func write(_ text: String, to out: inout [UInt8]) {
        out.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { bytes in
            // Nearly all texts are plain, and are copied whole.
            if unsafe bytes.allSatisfy({ isPlain($0) }) {
                unsafe out.append(contentsOf: bytes)
            } else {
                unsafe writeEscaped(bytes, to: &out)
            }
        }
        out.append(UInt8(ascii: "\""))
    }

    /// Whether a byte stands for itself, whatever comes before it: a C1 control begins with C2.
    private static func isPlain(_ byte: UInt8) -> Bool {
        byte >= 0x20 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\") && byte != 0x7F && byte != 0xC2
    }

    private static func writeEscaped(_ text: UnsafeBufferPointer<UInt8>, to out: inout [UInt8]) {
        var afterC2 = false
        for index in text.indices {
            let byte = unsafe text[index]
            if afterC2, byte < 0xA0 {
                out.removeLast()
                escape(byte, to: &out)
                afterC2 = false
                continue
            }
            afterC2 = byte == 0xC2
            switch byte {
            case UInt8(ascii: "\""): out += #"\""#.utf8
            case UInt8(ascii: "\\"): out += #"\\"#.utf8
            case UInt8(ascii: "\n"): out += #"\n"#.utf8
            case UInt8(ascii: "\r"): out += #"\r"#.utf8
            case UInt8(ascii: "\t"): out += #"\t"#.utf8
            case 0..<0x20, 0x7F: escape(byte, to: &out)
            default: out.append(byte)
            }
        }
    }

    private static func escape(_ scalar: UInt8, to out: inout [UInt8]) {
        let digits = Array("0123456789abcdef".utf8)
        out += #"\u00"#.utf8
        out.append(digits[Int(scalar >> 4)])
        out.append(digits[Int(scalar & 15)])
    }
}
