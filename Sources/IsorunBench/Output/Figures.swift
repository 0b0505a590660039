internal import IsorunModel
internal import IsorunReporting

/// How figures, commands and bars are written.
enum Figures {
    /// Three digits that say something, and never an exponent.
    static func text(_ value: Double) -> String {
        if value == 0 { return "0" }
        let size = value.magnitude
        return value.text(decimals: size < 0.1 ? 4 : size < 1 ? 3 : size < 10 ? 2 : size < 100 ? 1 : 0)
    }

    /// A command as a shell would take it.
    static func command(_ words: [String]) -> String {
        words.map { word in
            let plain = word.unicodeScalars.allSatisfy {
                $0.properties.isAlphabetic || "0123456789-_./=:,+@%{}".unicodeScalars.contains($0)
            }
            return plain && !word.isEmpty
                ? word
                : "'"
                    + word.split(separator: "'", omittingEmptySubsequences: false)
                    .joined(separator: #"'\''"#) + "'"
        }.joined(separator: " ")
    }

    /// Where a value stands between the least and the greatest, 0 to 1; by its logarithm where they are far apart.
    static func place(_ value: Double, in range: ClosedRange<Double>, logarithmic: Bool) -> Double {
        guard range.upperBound > range.lowerBound, value > 0 else { return value > 0 ? 1 : 0 }
        if !logarithmic { return value / range.upperBound }
        let least = range.lowerBound / 2
        return logarithm(value / least) / logarithm(range.upperBound / least)
    }

    /// Whether medians are so far apart that a linear bar would show the longest only.
    static func isLogarithmic(_ values: [Double]) -> Bool {
        guard let least = values.filter({ $0 > 0 }).min(), let greatest = values.max() else { return false }
        return greatest / least > 30
    }

    /// The binary logarithm of a positive number, to a thousandth; Foundation and libm stay out.
    static func logarithm(_ value: Double) -> Double {
        guard value > 0, value.isFinite else { return 0 }
        var rest = value.significand
        var result = Double(value.exponent)
        var part = 0.5
        for _ in 0..<20 {
            rest *= rest
            if rest >= 2 {
                rest /= 2
                result += part
            }
            part /= 2
        }
        return result
    }

    /// A bar of so many characters, in eighths.
    static func bar(_ part: Double, width: Int) -> String {
        let eighths = Int((min(max(part, 0), 1) * Double(width) * 8).rounded())
        let ends = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]
        let bar = String(repeating: "█", count: eighths / 8) + ends[eighths % 8]
        return bar.isEmpty ? "▏" : bar
    }
}
