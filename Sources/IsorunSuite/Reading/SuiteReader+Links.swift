internal import IsorunArguments
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
        for (index, job) in read.enumerated() {
            for need in job.needs {
                if let found = indices[need.name] {
                    jobs[index].needs += found
                } else if !broken.contains(need.name) {
                    let near = JobOptionNames.nearest(to: need.name, among: Array(indices.keys))
                    let hint = near.map { "; did you mean \"\($0)\"?" } ?? ""
                    complain(need.node, need.field, "there is no job \"\(need.name)\"\(hint)")
                }
            }
        }
        refuseCircles(jobs, read)
        return jobs
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
        var unmet = jobs.map { Set($0.needs).count }
        var dependents = [[Int]](repeating: [], count: jobs.count)
        for (index, job) in jobs.enumerated() {
            for need in Set(job.needs) { dependents[need].append(index) }
        }
        var free = jobs.indices.filter { unmet[$0] == 0 }
        var left = Set(jobs.indices)
        while let index = free.popLast() {
            left.remove(index)
            for dependent in dependents[index] {
                unmet[dependent] -= 1
                if unmet[dependent] == 0 { free.append(dependent) }
            }
        }
        return left
    }
}
