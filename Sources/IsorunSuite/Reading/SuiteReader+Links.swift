internal import IsorunArguments
internal import Yams

/// What jobs say of each other: their names and needs.
extension SuiteReader {
    mutating func link(_ read: [ReadJob]) -> [SuiteJob] {
        var jobs = read.map(\.job)
        var indices: [String: [Int]] = [:]
        for (index, job) in read.enumerated() {
            if let other = read[..<index].first(where: { $0.job.name == job.job.name }) {
                let line = other.node.mark?.line ?? 0
                complain(job.node, job.field, "another job is called \"\(job.job.name)\", in line \(line)")
            }
            for name in Set([job.base, job.job.name]) { indices[name, default: []].append(index) }
        }
        for (index, job) in read.enumerated() {
            for need in job.needs {
                if let found = indices[need.name] {
                    jobs[index].needs += found
                } else {
                    let near = JobOptionNames.nearest(to: need.name, among: Array(indices.keys))
                    let hint = near.map { "; did you mean \"\($0)\"?" } ?? ""
                    complain(need.node, need.field, "there is no job \"\(need.name)\"\(hint)")
                }
            }
        }
        refuseCircles(jobs, read)
        return jobs
    }

    mutating func refuseCircles(_ jobs: [SuiteJob], _ read: [ReadJob]) {
        var left = Set(jobs.indices)
        while let free = left.first(where: { jobs[$0].needs.allSatisfy { !left.contains($0) } }) { left.remove(free) }
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
}
