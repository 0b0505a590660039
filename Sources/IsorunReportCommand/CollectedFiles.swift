import IsorunJUnit
import IsorunReporting

/// The JUnit files that jobs wrote, as isorun's lists name them.
struct CollectedFiles {
    private var entries: [CollectedList.Entry] = []

    /// Reads the lists; a file that is named by a relative path lies in its list's directory.
    init(_ lists: [String]) throws(ReportingError) {
        for list in lists {
            let bytes = try RegularFile.read(list, limit: 64 << 20, followLinks: true)
            let directory = list.lastIndex(of: "/").map { list[...$0] } ?? ""
            entries += try CollectedList.entries(parsing: bytes).map { entry in
                guard let file = entry.file, !file.hasPrefix("/") else { return entry }
                var entry = entry
                entry.file = directory + file
                return entry
            }
        }
    }

    var isEmpty: Bool { entries.isEmpty }

    /// Every file as one that could not be read.
    func unread() -> [CollectedReport] {
        entries.map { entry in
            let reason = entry.refused ?? "isorun-report ended while it read the reports of the jobs"
            return CollectedReport(job: entry.job, path: entry.path, refusal: reason)
        }
    }

    /// Reads each file; one that is bad comes with its reason.
    func read(each: (CollectedReport) -> Void) {
        var budget = CollectBudget()
        for entry in entries {
            guard let file = entry.file, entry.refused == nil else {
                let reason = entry.refused ?? "it was not copied out of the container"
                each(CollectedReport(job: entry.job, path: entry.path, refusal: reason))
                continue
            }
            do throws(ReportingError) {
                let bytes = try RegularFile.read(file, limit: CollectLimits().fileBytes)
                each(budget.read(bytes, job: entry.job, path: entry.path))
            } catch {
                each(CollectedReport(job: entry.job, path: entry.path, refusal: error.description))
            }
        }
    }
}
