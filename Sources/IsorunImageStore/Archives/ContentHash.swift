internal import struct Crypto.SHA256
package import IsorunImages

/// SHA-256 over bytes as they come.
package struct ContentHash: Sendable {
    private var hash = SHA256()

    package init() {}

    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        unsafe hash.update(bufferPointer: bytes)
    }

    package mutating func update(_ bytes: some Sequence<UInt8>) {
        let bytes = Array(bytes)
        unsafe bytes.withUnsafeBytes { unsafe hash.update(bufferPointer: $0) }
    }

    package var digest: Digest { Digest(bytes: Array(hash.finalize())) }

    package static func digest(of bytes: some Sequence<UInt8>) -> Digest {
        var hash = ContentHash()
        hash.update(bytes)
        return hash.digest
    }
}
