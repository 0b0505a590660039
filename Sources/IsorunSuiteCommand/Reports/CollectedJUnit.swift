import Isorun
import IsorunModel
import IsorunReporting
import Synchronization
import SystemPackage

/// The JUnit files that jobs themselves wrote, until they are merged into this run's report.
///
/// A job that is run again writes them again: those of its last attempt count.
final class CollectedJUnit: Sendable {
    /// Where the list of all is put for the reporting program.
    let list: FilePath
    private let jobs = Mutex<[String: FinishedJob]>([:])
    private let isWanted: Bool

    /// Keeps them where there is a report to merge them into.
    init(in scratch: FilePath, isWanted: Bool) {
        list = scratch.appending("collected.jsonl")
        self.isWanted = isWanted
    }

    /// Takes what a job left, under the name of its result.
    func take(_ job: FinishedJob, named name: String) {
        guard isWanted, !job.collectedReports.isEmpty else { return job.removeCopies() }
        let former = jobs.withLock { $0.updateValue(job, forKey: name) }
        former?.removeCopies()
    }

    /// Writes the list, in the order of the jobs' names.
    func write() throws(ReportingError) {
        let lines = jobs.withLock { jobs in
            jobs.sorted { $0.key < $1.key }.map { name, job in
                var job = job
                job.result.name = name
                return job.collectedReports
            }
        }
        try AtomicFile.write(Array(lines.joined().utf8), to: ReportTarget.check(list.string))
    }

    /// Removes all copies.
    func remove() {
        jobs.withLock { jobs in
            for job in jobs.values { job.removeCopies() }
            jobs = [:]
        }
    }
}
