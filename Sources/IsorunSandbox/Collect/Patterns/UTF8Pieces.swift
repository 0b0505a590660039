/// Bytes in pieces: each character of UTF-8, and each byte that belongs to none.
struct UTF8Pieces: Sequence, IteratorProtocol {
    private let bytes: [UInt8]
    private var index = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// A character, or one byte that is none.
    struct Piece {
        var scalar: Unicode.Scalar?
        var bytes: ArraySlice<UInt8>
    }

    mutating func next() -> Piece? {
        guard index < bytes.count else { return nil }
        let length =
            switch bytes[index] {
            case 0..<0x80: 1
            case 0xC2..<0xE0: 2
            case 0xE0..<0xF0: 3
            case 0xF0..<0xF5: 4
            default: 0
            }
        if length > 0, index + length <= bytes.count {
            let slice = bytes[index..<(index + length)]
            if let text = String(validating: slice, as: UTF8.self), let scalar = text.unicodeScalars.first {
                index += length
                return Piece(scalar: scalar, bytes: slice)
            }
        }
        defer { index += 1 }
        return Piece(scalar: nil, bytes: bytes[index...index])
    }
}
