internal import IsorunModel
internal import IsorunSystem
internal import SystemPackage

/// Takes the JUnit files that the job wrote, as bytes.
///
/// They are hostile in what they say; nothing here looks into them. The program that parses them gets them with the
/// events of the run.
final class JUnitReader: MatchSink {
    private(set) var reports: [JobReport] = []
    private let job: String
    private let limits: CollectLimits
    private var filesRead = 0
    private var bytes: UInt64 = 0
    private var seen: Set<Int> = []

    /// Makes a reader of what the job of this name left.
    init(job: String, limits: CollectLimits) {
        self.job = job
        self.limits = limits
    }

    func take(_ match: Match, from directory: borrowing HeldDirectory) {
        let path = ByteString(match.entry.path)
        guard seen.insert(path.hashValue).inserted else { return }
        do throws(Refusal) {
            guard filesRead < limits.junitFiles else {
                throw Refusal(reason: "\(limits.junitFiles) files were read before it, and no more are")
            }
            let file = try CheckedFile(match.entry.name, in: directory, limit: limits.junitBytes)
            guard bytes + file.status.size <= limits.totalJUnitBytes else {
                throw Refusal(reason: "all JUnit files of a job may have \(ByteCount(limits.totalJUnitBytes)) together")
            }
            let content = try content(file, match.entry.name)
            filesRead += 1
            bytes += UInt64(content.count)
            add(path, .file(content))
        } catch {
            refuse(path, error.reason)
        }
    }

    private func content(_ file: borrowing CheckedFile, _ name: ByteString) throws(Refusal) -> [UInt8] {
        do throws(SystemError) {
            return try SmallFile.read(file.descriptor, named: FilePath("\(name)"), limit: Int(file.status.size))
        } catch {
            throw Refusal(reason: error.reason)
        }
    }

    func refuse(_ path: ByteString, _ reason: String) {
        // Refused ones are bounded as those are that were read, and a last one counts as all others.
        let refused = reports.count - filesRead
        guard refused < limits.junitFiles else { return }
        let last = refused == limits.junitFiles - 1
        add(path, .refused(last ? "it and others: too many files were refused to name them all" : reason))
    }

    private func add(_ path: ByteString, _ content: JobReport.Content) {
        reports.append(JobReport(job: job, path: EscapedPath.text(path), content: content))
    }
}
