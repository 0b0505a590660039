/// Bytes as the kernel has them: an argument, a variable or a name, which need not be UTF-8 and holds no NUL.
public struct ByteString: Hashable, Sendable, Comparable {
    /// The bytes, without the closing NUL.
    public var bytes: [UInt8]

    /// Takes bytes as they are.
    public init(_ bytes: some Sequence<UInt8>) {
        self.bytes = Array(bytes)
    }

    /// The UTF-8 of a text.
    public init(_ text: String) {
        self.bytes = Array(text.utf8)
    }

    /// The text, with what is no UTF-8 shown as U+FFFD; for people, never for the kernel.
    public var text: String { String(decoding: bytes, as: UTF8.self) }

    /// Orders by bytes.
    public static func < (lhs: Self, rhs: Self) -> Bool { lhs.bytes.lexicographicallyPrecedes(rhs.bytes) }
}

extension ByteString: ExpressibleByStringLiteral, CustomStringConvertible {
    /// The UTF-8 of a literal.
    public init(stringLiteral value: String) { self.init(value) }
    /// The text, repaired where it is no UTF-8.
    public var description: String { text }
}
