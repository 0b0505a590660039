/// A number of bytes, written as docker writes sizes: `64k`, `256m`, `1.5g`, or plain bytes (1k = 1024).
public struct ByteCount: Hashable, Comparable, Sendable, Codable {
    /// The number of bytes.
    public var bytes: UInt64

    /// Makes a count of plain bytes.
    public init(_ bytes: UInt64) {
        self.bytes = bytes
    }

    /// Parses `64k`, `256m`, `1.5g`, `2t` or plain bytes; `kb`, `kib` and the like are read too, in any case.
    ///
    /// - Returns: nil where the text is no size, or is larger than a signed 64-bit number, the kernel's own bound.
    public init?(parsing text: String) {
        let lowered = text.lowercased()
        let digits = lowered.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        guard let scale = Self.scales[String(lowered[digits.endIndex...])] else { return nil }
        guard digits.first != ".", digits.last != ".", let value = Double(digits) else { return nil }
        if let whole = UInt64(digits) {
            let (product, overflow) = whole.multipliedReportingOverflow(by: scale)
            guard !overflow, product <= UInt64(Int64.max) else { return nil }
            self.bytes = product
        } else {
            let product = value * Double(scale)
            guard scale > 1, product < Double(Int64.max) else { return nil }
            self.bytes = UInt64(product)
        }
    }

    private static let scales: [String: UInt64] = {
        var scales: [String: UInt64] = ["": 1, "b": 1]
        for (unit, power) in [("k", 10), ("m", 20), ("g", 30), ("t", 40)] {
            for suffix in [unit, unit + "b", unit + "ib"] { scales[suffix] = 1 << power }
        }
        return scales
    }()

    /// Orders by size.
    public static func < (lhs: Self, rhs: Self) -> Bool { lhs.bytes < rhs.bytes }
}

extension ByteCount: CustomStringConvertible {
    /// The size as a person reads it: `256.0 MiB`, `12 B`.
    public var description: String {
        guard bytes >= 1024 else { return "\(bytes) B" }
        var value = Double(bytes) / 1024
        var unit = 0
        let units = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
        while value >= 1024, unit < units.count - 1 {
            value /= 1024
            unit += 1
        }
        return "\(value.text(decimals: 1)) \(units[unit])"
    }
}
