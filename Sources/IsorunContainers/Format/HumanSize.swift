/// Sizes as docker tells them to people.
package enum HumanSize {
    /// Three digits at most, by powers of 1000: `1.5MB`, `256MB`.
    package static func decimal(_ bytes: UInt64) -> String {
        text(bytes, step: 1000, units: ["B", "kB", "MB", "GB", "TB", "PB", "EB"])
    }

    /// Four digits at most, by powers of 1024: `1.5MiB`, `256MiB`.
    package static func binary(_ bytes: UInt64) -> String {
        text(bytes, step: 1024, units: ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"])
    }

    private static func text(_ bytes: UInt64, step: Double, units: [String]) -> String {
        var amount = Double(bytes)
        var unit = 0
        while amount >= step, unit + 1 < units.count {
            amount /= step
            unit += 1
        }
        let scale: Double = amount >= 100 || unit == 0 ? 1 : amount >= 10 ? 10 : 100
        let scaled = Int((amount * scale).rounded())
        var text = "\(scaled / Int(scale))"
        if scale > 1 {
            var digits = String(Int(scale) + scaled % Int(scale)).dropFirst()
            while digits.last == "0" { digits.removeLast() }
            if !digits.isEmpty { text += "." + digits }
        }
        return text + units[unit]
    }
}
