import IsorunModel
import SystemPackage

/// A short word for values: the same in every process, unlike Swift's own hashes, and another one where any part of a
/// value is another.
struct StableDigest {
    /// What is no byte of a text.
    enum Mark: UInt64 {
        case end = 0x100
        case none = 0x101
        case begin = 0x102
        case unit = 0x103
    }

    private(set) var hash: UInt64 = 0xCBF2_9CE4_8422_2325

    /// The word, as names of files may have it.
    var text: String { String(hash, radix: 16) }

    /// Of one value.
    static func hash(of value: Any) -> UInt64 {
        var digest = StableDigest()
        digest.walk(value)
        return digest.hash
    }

    // FNV-1a.
    mutating func add(_ value: UInt64) { hash = (hash ^ value) &* 0x100_0000_01B3 }

    mutating func add(_ mark: Mark) { add(mark.rawValue) }

    mutating func take(_ text: String) { take(text.utf8) }

    mutating func take(_ bytes: some Sequence<UInt8>) {
        for byte in bytes { add(UInt64(byte)) }
        add(.end)
    }

    /// Takes a value with all that it is made of, so that nothing that is ever added to it is forgotten here.
    mutating func walk(_ value: Any) {
        switch value {
        case let text as String: return take(text)
        case let bytes as ByteString: return take(bytes.bytes)
        case let path as FilePath: return take(path.string)
        default: break
        }
        let mirror = Mirror(reflecting: value)
        if mirror.children.isEmpty { return mirror.displayStyle == .optional ? add(.none) : take("\(value)") }
        add(.begin)
        if mirror.displayStyle == .set || mirror.displayStyle == .dictionary {
            // They have another order in each process.
            for hash in mirror.children.map({ Self.hash(of: $0.value) }).sorted() { add(hash) }
        } else {
            for child in mirror.children {
                take(child.label ?? "")
                walk(child.value)
            }
        }
        add(.end)
    }
}
