internal import Glibc
internal import IsorunReporting

extension Runtimes {
    /// isorun's containers made ahead, which are for the jobs of one suite: stand-ins, one at a time.
    func isorunWarm() -> Finding {
        let name = "isorun, warm (its own word)"
        guard geteuid() == 0 else { return .missing(WarmSeries.id, name, "containers are made ahead for root only") }
        let jobs: [JSON.Member] = [
            .init("name", .string("standin")),
            .init("run", .array([.string("/standin")])),
            .init("matrix", .object([.init("n", .array((1...WarmSeries.jobs).map { .whole($0) }))])),
        ]
        let defaults: [JSON.Member] = [
            .init("memory", .string("\(limits.memory)")), .init("pidsLimit", .whole(limits.pids)),
            .init("cpus", .whole(limits.cpus)), .init("volume", .string("\(standIn):/standin:ro")),
        ]
        // JSON is YAML too, and knows how to quote a path.
        let suite = JSON.object([
            .init("version", .whole(1)), .init("defaults", .object(defaults)), .init("jobs", .array([.object(jobs)])),
        ])
        do throws(BenchError) {
            try scratch.write("warm.yml", Array(suite.page.utf8))
        } catch {
            return .missing(WarmSeries.id, name, error.description)
        }
        let command = [
            isorun, "suite", scratch.path("warm.yml"), "-q", "--output", "none", "--jobs", "1", "--json",
            scratch.path("warm.jsonl"),
        ]
        return .found(Subject(id: WarmSeries.id, name: name, command: command, limits: limits.text))
    }
}
