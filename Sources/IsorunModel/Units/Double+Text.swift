extension Double {
    /// The number with a fixed count of decimals and a point, whatever the locale; Foundation stays out of this layer.
    package func text(decimals: Int) -> String {
        guard isFinite else { return description }
        var scale = 1.0
        for _ in 0..<decimals { scale *= 10 }
        let scaled = (magnitude * scale).rounded()
        guard scaled < 9e15 else { return description }
        let whole = UInt64(scaled)
        let unit = UInt64(scale)
        let sign = self < 0 && whole > 0 ? "-" : ""
        guard decimals > 0 else { return "\(sign)\(whole)" }
        let fraction = String(whole % unit)
        return "\(sign)\(whole / unit)." + String(repeating: "0", count: decimals - fraction.count) + fraction
    }
}
