extension JSON {
    /// The value on one line, without a line end.
    public var line: String {
        var bytes: [UInt8] = []
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
        case .null: out += "null".utf8
        case .bool(let value): out += (value ? "true" : "false").utf8
        case .number(let number): out += number.text.utf8
        case .string(let text): Self.write(text, to: &out)
        case .array(let values):
            Self.write(values, between: ("[", "]"), to: &out) { value, out in value.write(to: &out) }
        case .object(let members):
            Self.write(members, between: ("{", "}"), to: &out) { member, out in
                Self.write(member.key, to: &out)
                out.append(UInt8(ascii: ":"))
                member.value.write(to: &out)
            }
        }
    }

    private static func write<Element>(
        _ elements: [Element],
        between brackets: (StaticString, StaticString),
        to out: inout [UInt8],
        each: (Element, inout [UInt8]) -> Void
    ) {
        out += brackets.0.description.utf8
        for (index, element) in elements.enumerated() {
            if index > 0 { out.append(UInt8(ascii: ",")) }
            each(element, &out)
        }
        out += brackets.1.description.utf8
    }

    /// Escapes what JSON demands, and DEL and the C1 controls as well, which a terminal would obey.
    private static func write(_ text: String, to out: inout [UInt8]) {
        out.append(UInt8(ascii: "\""))
        var afterC2 = false
        for byte in text.utf8 {
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
        out.append(UInt8(ascii: "\""))
    }

    private static func escape(_ scalar: UInt8, to out: inout [UInt8]) {
        let digits = Array("0123456789abcdef".utf8)
        out += #"\u00"#.utf8
        out.append(digits[Int(scalar >> 4)])
        out.append(digits[Int(scalar & 15)])
    }
}
