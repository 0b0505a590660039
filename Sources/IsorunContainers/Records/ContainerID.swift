internal import CIsorunSystem
package import IsorunSystem

/// A container's id: 64 hexadecimal digits of chance, of which people use the first 12.
package enum ContainerID {
    private static let digits = Array("0123456789abcdef".utf8)

    /// A new one.
    package static func make() throws(SystemError) -> String {
        var bytes = [UInt8](repeating: 0, count: 32)
        _ = try unsafe check(isorun_random(&bytes, bytes.count), "get random bytes")
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// Whether a text is a whole id.
    package static func isWhole(_ text: String) -> Bool {
        text.utf8.count == 64 && text.utf8.allSatisfy(digits.contains)
    }

    /// What people are shown.
    package static func short(_ id: String) -> String { String(id.prefix(12)) }
}

/// A container's name.
package enum ContainerName {
    private static let qualities = [
        "amber", "bold", "brave", "bright", "calm", "clever", "crisp", "deft", "eager", "fair", "fleet", "frank",
        "gentle", "glad", "hardy", "keen", "kind", "lively", "lucid", "merry", "neat", "noble", "quick", "quiet",
        "ready", "steady", "sunny", "swift", "tidy", "warm", "wise", "witty",
    ]
    private static let animals = [
        "badger", "bee", "crane", "curlew", "deer", "dove", "finch", "fox", "gull", "hare", "heron", "ibex", "jay",
        "kite", "lark", "linnet", "lynx", "marten", "mole", "newt", "otter", "owl", "pike", "plover", "raven", "robin",
        "seal", "stork", "swan", "tern", "vole", "wren",
    ]

    /// A name for who gave none; a number is added where the words alone were taken.
    static func random(attempt: Int) -> String {
        let name = "\(qualities.randomElement() ?? "calm")_\(animals.randomElement() ?? "owl")"
        return attempt < 3 ? name : name + String(Int.random(in: 0..<1_000_000))
    }

    /// Whether a text can be a name: docker's rule.
    package static func isValid(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard 2...128 ~= bytes.count, let first = bytes.first, isAlphanumeric(first) else { return false }
        return bytes.allSatisfy { isAlphanumeric($0) || "_.-".utf8.contains($0) }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        default: UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
        }
    }
}
