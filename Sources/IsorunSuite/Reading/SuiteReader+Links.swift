internal import IsorunArguments
internal import IsorunModel
internal import Yams

/// What jobs say of each other: their names and needs.
extension SuiteReader {
    mutating func link(_ read: [ReadJob]) -> [SuiteJob] {
        var jobs = read.map(\.job)
        var indices: [String: [Int]] = [:]
        var first: [String: Int] = [:]
        for (index, job) in read.enumerated() {
            if let other = first[job.job.name] {
                complain(job.node, job.field, Self.twice(job, read[other]))
            }
            first[job.job.name] = first[job.job.name] ?? index
            for name in Set([job.base, job.job.name]) { indices[name, default: []].append(index) }
        }
        var needs = SharedByNeighbours<[String], [Int]>()
        var unknown: [String: String] = [:]
        for (index, job) in read.enumerated() {
            jobs[index].needs = needs.value(of: job.needs.map(\.name)) { $0.flatMap { indices[$0] ?? [] } }
            for need in job.needs where indices[need.name] == nil {
                guard !broken.contains(need.name) else { continue }
                let message = unknown[need.name] ?? Self.unknown(need.name, among: indices.keys)
                unknown[need.name] = message
                complain(need.node, need.field, message)
            }
        }
        refuseCircles(jobs, read)
        return jobs
    }

    private static func unknown(_ name: String, among names: some Collection<String>) -> String {
        // Of so many as nobody would look through, to compare with each takes longer than to read the file.
        let near = names.count > 1000 ? nil : JobOptionNames.nearest(to: name, among: Array(names))
        return "there is no job \"\(name)\"" + (near.map { "; did you mean \"\($0)\"?" } ?? "")
    }

    private static func twice(_ job: ReadJob, _ other: ReadJob) -> String {
        let name = "\"\(job.job.name)\""
        guard other.field == job.field else {
            return "another job is called \(name), in line \(other.node.mark?.line ?? 0)"
        }
        let advice = "a name has all its variables or none, and no value is there twice"
        return "two jobs of the matrix are called \(name); \(advice)"
    }

    mutating func refuseCircles(_ jobs: [SuiteJob], _ read: [ReadJob]) {
        let left = Self.unreachable(jobs)
        guard let start = left.min() else { return }
        var path = [start]
        while let next = jobs[path[path.count - 1]].needs.first(where: left.contains) {
            if let first = path.firstIndex(of: next) {
                let circle = (path[first...] + [next]).map { "\"\(jobs[$0].name)\"" }.joined(separator: " needs ")
                return complain(read[next].node, read[next].field, "jobs need each other in a circle: \(circle)")
            }
            path.append(next)
        }
    }

    /// The jobs that never get their turn, for they need one another: what is left when those that need nothing, or
    /// nothing that is left, are taken away.
    private static func unreachable(_ jobs: [SuiteJob]) -> Set<Int> {
        let needs = NeedGroups(jobs.map(\.needs))
        var unmet = needs.groups.map(\.needs.count)
        var free = jobs.indices.filter { needs.group[$0] == nil }
        var left = Set(jobs.indices)
        while let index = free.popLast() {
            left.remove(index)
            for group in needs.dependents[index] {
                unmet[group] -= 1
                if unmet[group] == 0 { free += needs.groups[group].members }
            }
        }
        return left
    }
}
