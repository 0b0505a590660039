/// FNV-1a with 64 bits: finds a torn or a changed file; no protection against somebody who means harm.
package struct FNV1a: Sendable {
    package private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

    package init() {}

    package mutating func combine(_ bytes: some Sequence<UInt8>) {
        for byte in bytes { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }
    }

    package static func digest(of bytes: some Sequence<UInt8>) -> UInt64 {
        var digest = FNV1a()
        digest.combine(bytes)
        return digest.value
    }
}
