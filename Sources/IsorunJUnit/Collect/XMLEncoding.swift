/// Brings a hostile file to UTF-8 before libxml2 sees it, so that no converter of libxml2 or iconv runs on it.
enum XMLEncoding {
    /// The document in UTF-8 without a byte order mark.
    ///
    /// A byte order mark or the shape of UTF-16 wins over what the declaration says.
    /// - Throws: `JUnitError` for an encoding that is not read, and for bytes that are not of it.
    static func utf8(_ bytes: [UInt8]) throws(JUnitError) -> [UInt8] {
        switch (bytes.first ?? 1, bytes.dropFirst().first ?? 1) {
        case (0xFF, 0xFE): return try utf16(bytes.dropFirst(2), low: 0)
        case (0xFE, 0xFF): return try utf16(bytes.dropFirst(2), low: 1)
        case (UInt8(ascii: "<"), 0): return try utf16(bytes[...], low: 0)
        case (0, UInt8(ascii: "<")): return try utf16(bytes[...], low: 1)
        case (0xEF, 0xBB) where bytes.dropFirst(2).first == 0xBF: return try valid(Array(bytes.dropFirst(3)))
        default: break
        }
        switch declared(in: bytes)?.lowercased() {
        case nil, "utf-8", "utf8", "us-ascii", "ascii": return try valid(bytes)
        case "iso-8859-1", "latin1", "windows-1252":
            return bytes.flatMap { $0 < 0x80 ? [$0] : [0xC0 | $0 >> 6, 0x80 | $0 & 0x3F] }
        case "utf-16", "utf-16le", "utf-16be": throw JUnitError("it says that it is UTF-16 and is not")
        default: throw JUnitError("it is in an encoding that is not read: UTF-8, UTF-16 and ISO-8859-1 are")
        }
    }

    private static func valid(_ bytes: [UInt8]) throws(JUnitError) -> [UInt8] {
        guard String(validating: bytes, as: UTF8.self) != nil else { throw JUnitError("it is not valid UTF-8") }
        return bytes
    }

    private static func utf16(_ bytes: ArraySlice<UInt8>, low: Int) throws(JUnitError) -> [UInt8] {
        guard bytes.count.isMultiple(of: 2) else { throw JUnitError("it is not valid UTF-16") }
        let units = stride(from: bytes.startIndex, to: bytes.endIndex, by: 2).map { index in
            UInt16(bytes[index + 1 - low]) << 8 | UInt16(bytes[index + low])
        }
        guard let text = String(validating: units, as: UTF16.self) else { throw JUnitError("it is not valid UTF-16") }
        return Array(text.utf8)
    }

    /// What the XML declaration says, where there is one.
    private static func declared(in bytes: [UInt8]) -> String? {
        let start = bytes.prefix(256)
        guard start.starts(with: "<?xml".utf8), let end = start.firstIndex(of: UInt8(ascii: ">")) else { return nil }
        let declaration = String(decoding: start[..<end], as: UTF8.self)
        let parts = declaration.split(whereSeparator: { $0.isWhitespace || $0 == "=" || $0 == "\"" || $0 == "'" })
        guard let key = parts.firstIndex(of: "encoding"), key + 1 < parts.count else { return nil }
        return String(parts[key + 1])
    }
}
