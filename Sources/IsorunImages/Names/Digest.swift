/// The digest of a blob: `sha256:` and 64 hexadecimal digits (OCI image spec, descriptor.md).
package struct Digest: Hashable, Sendable, CustomStringConvertible {
    /// The digits.
    package let hex: String

    /// Takes a digest as documents have it; nil for what is none, and for algorithms other than SHA-256.
    package init?(_ text: String) {
        guard text.hasPrefix("sha256:") else { return nil }
        self.init(hex: String(text.dropFirst(7)))
    }

    /// Takes the digits alone.
    package init?(hex: String) {
        guard hex.utf8.count == 64, hex.utf8.allSatisfy(Self.isHexDigit) else { return nil }
        self.hex = hex
    }

    /// Takes the 32 bytes of a hash.
    package init(bytes: some Sequence<UInt8>) {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for byte in bytes { text += [digits[Int(byte >> 4)], digits[Int(byte & 15)]] }
        hex = String(decoding: text, as: UTF8.self)
    }

    package var description: String { "sha256:\(hex)" }

    /// The twelve digits that docker shows.
    package var short: String { String(hex.prefix(12)) }

    static func isHexDigit(_ byte: UInt8) -> Bool {
        UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || UInt8(ascii: "a")...UInt8(ascii: "f") ~= byte
    }
}
