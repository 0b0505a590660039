extension Duration {
    /// Parses `250ms`, `30s`, `5m`, `1h30m`: numbers with a unit each, largest unit first, each unit once.
    ///
    /// - Returns: nil where the text is no duration or is longer than a hundred years.
    public init?(parsing text: String) {
        var rest = text[...]
        var total = Duration.zero
        var largest = Int.max
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            let unit = rest[digits.endIndex...].prefix { $0.isASCII && $0.isLetter }
            guard let value = Double(digits), digits.first != ".", digits.last != "." else { return nil }
            guard let (rank, seconds) = Self.units[String(unit)], rank < largest else { return nil }
            guard value * seconds < 3.2e9 else { return nil }
            total += .nanoseconds(Int64((value * seconds * 1e9).rounded()))
            largest = rank
            rest = rest[unit.endIndex...]
        }
        self = total
    }

    private static let units: [String: (rank: Int, seconds: Double)] = [
        "us": (0, 1e-6), "ms": (1, 1e-3), "s": (2, 1), "m": (3, 60), "h": (4, 3600), "d": (5, 86400),
    ]

    /// Milliseconds with their fraction, the unit of the result document.
    public var milliseconds: Double {
        Double(components.seconds) * 1e3 + Double(components.attoseconds) / 1e15
    }

    /// The duration as a person reads it: `2.1 ms`, `5.32 s`, `3 min 05 s`, `1 h 30 min`.
    public var text: String {
        let milliseconds = milliseconds
        if milliseconds < 1000 { return "\(milliseconds.text(decimals: 1)) ms" }
        let seconds = milliseconds / 1000
        if seconds < 60 { return "\(seconds.text(decimals: 2)) s" }
        let whole = Int(seconds.rounded())
        func padded(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        if whole < 3600 { return "\(whole / 60) min \(padded(whole % 60)) s" }
        return "\(whole / 3600) h \(padded(whole % 3600 / 60)) min"
    }
}
