import IsorunModel

/// Peaks against limits on one line: `memory 256.0 of 256.0 MiB · cpu 0.90 s · pids 17 of 64`.
enum UsageLine {
    /// The line; a figure that the host could not give is left out, and said to be unknown where a limit bounds it.
    static func text(_ result: JobResult) -> String {
        guard result.startup != nil else { return "" }
        let (usage, limits) = (result.resources, result.limits)
        let parts = [
            bytes("memory", usage.memoryPeakBytes, of: limits.memoryBytes),
            usage.swapPeakBytes.flatMap { $0 > 0 ? bytes("swap", $0, of: nil) : nil },
            cpu(usage, limits),
            count("pids", usage.pidsPeak, of: limits.pids),
            bytes("disk", usage.diskPeakBytes, of: limits.diskBytes),
        ]
        return parts.compactMap { $0 }.joined(separator: " · ")
    }

    private static func bytes(_ name: String, _ peak: UInt64?, of limit: UInt64?) -> String? {
        guard let limit else { return peak.map { "\(name) \(ByteCount($0))" } }
        let bound = ByteCount(limit).description
        guard let peak else { return "\(name) unknown of \(bound)" }
        let used = ByteCount(peak).description
        let (number, unit) = split(used)
        return split(bound).unit == unit ? "\(name) \(number) of \(bound)" : "\(name) \(used) of \(bound)"
    }

    private static func cpu(_ usage: ResourceUsage, _ limits: EffectiveLimits) -> String? {
        guard let used = usage.cpuUs else {
            return limits.cpuTimeMs.map { "cpu unknown of \(Duration.milliseconds(Int64(clamping: $0)).text)" }
        }
        var text = "cpu \(seconds(used))"
        if let limit = limits.cpuTimeMs { text += " of \(Duration.milliseconds(Int64(clamping: limit)).text)" }
        if let throttled = usage.cpuThrottledUs, throttled > 0 {
            text += " (held back \(seconds(throttled)))"
        }
        return text
    }

    /// CPU time in seconds, so that the figures of many jobs compare; in milliseconds where that would be almost 0.
    private static func seconds(_ microseconds: UInt64) -> String {
        if 100_000..<60_000_000 ~= microseconds { return "\((Double(microseconds) / 1e6).text(decimals: 2)) s" }
        return Duration.microseconds(Int64(clamping: microseconds)).text
    }

    private static func count(_ name: String, _ peak: UInt64?, of limit: UInt64?) -> String? {
        guard let limit else { return peak.map { "\(name) \($0)" } }
        return "\(name) \(peak.map { String($0) } ?? "unknown") of \(limit)"
    }

    private static func split(_ size: String) -> (number: Substring, unit: Substring) {
        let space = size.firstIndex(of: " ") ?? size.endIndex
        return (size[..<space], size[space...])
    }
}
