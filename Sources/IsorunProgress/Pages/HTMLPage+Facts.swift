internal import IsorunModel
internal import IsorunReporting

/// Where and when it was run.
extension HTMLPage {
    private static let mostStreams = 100

    /// A line for each stream of events that were read.
    static func facts(_ outline: RunOutline) -> String {
        let streams = outline.runs.filter { !$0.isUnknown }.flatMap(\.streams)
        let lines = streams.prefix(mostStreams).map { stream in
            let own = facts(stream)
            return streams.count > 1 && !stream.input.isEmpty ? [PageText.html(stream.input, limit: 300)] + own : own
        }
        let shown = lines.filter { !$0.isEmpty }.map { "<p class=\"facts\">\($0.joined(separator: " · "))</p>\n" }
        return shown.joined() + more(streams.count - mostStreams)
    }

    private static func facts(_ stream: OutlinedStream) -> [String] {
        var facts: [String] = []
        let results = stream.entries.flatMap { $0.others.map(\.result) + [$0.result] }
        // What never began has no time, or that of isorun's own clock.
        if let start = results.map(\.startedAtUs).filter({ $0 > 0 }).min() {
            facts.append("started \(Timestamp.text(microseconds: start))")
        }
        if let partition = stream.plan?.partition { facts.append("partition \(PageText.html(partition, limit: 100))") }
        if let seed = stream.plan?.seed { facts.append("--shuffle \(seed)") }
        var hosts: [HostSummary] = []
        for result in results where !result.host.kernel.isEmpty && !hosts.contains(result.host) && hosts.count < 4 {
            hosts.append(result.host)
        }
        return facts + hosts.map(text)
    }

    private static func text(_ host: HostSummary) -> String {
        let cgroup = host.cgroup == "none" ? "no cgroups" : "cgroup \(PageText.html(host.cgroup, limit: 20))"
        return "Linux \(PageText.html(host.kernel, limit: 100)), \(cgroup)" + (host.rootless ? ", rootless" : "")
    }
}
