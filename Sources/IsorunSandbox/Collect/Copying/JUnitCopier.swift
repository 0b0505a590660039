internal import IsorunModel
internal import IsorunSystem
internal import SystemPackage

/// Copies the JUnit files that the job wrote into a fresh directory that only the caller can enter.
///
/// They are hostile still, in what they say; the program that parses them reads bounded files of the caller's own, with
/// plain names, whatever the job made.
final class JUnitCopier: MatchSink {
    private(set) var files: [CollectedJUnitFile] = []
    private let limits: CollectLimits
    private let parent: FilePath
    private var directory: PrivateDirectory?
    private var copied = 0
    private var bytes: UInt64 = 0
    private var seen: Set<Int> = []

    /// Makes a copier; its private directory is made below `parent` when there is something to put into it.
    init(limits: CollectLimits, parent: FilePath) {
        self.limits = limits
        self.parent = parent
    }

    func take(_ match: Match, from directory: borrowing HeldDirectory) {
        let path = ByteString(match.entry.path)
        guard seen.insert(path.hashValue).inserted else { return }
        do throws(Refusal) {
            guard copied < limits.junitFiles else {
                throw Refusal(reason: "\(limits.junitFiles) files were copied before it, and no more are")
            }
            let file = try CheckedFile(match.entry.name, in: directory, limit: limits.junitBytes)
            guard bytes + file.status.size <= limits.totalJUnitBytes else {
                throw Refusal(reason: "all JUnit files of a job may have \(ByteCount(limits.totalJUnitBytes)) together")
            }
            let copy = try copy(file)
            files.append(CollectedJUnitFile(path: EscapedPath.text(path), file: copy, refused: nil))
        } catch {
            refuse(path, error.reason)
        }
    }

    private func copy(_ file: borrowing CheckedFile) throws(Refusal) -> FilePath? {
        do throws(SystemError) {
            if directory == nil { directory = try PrivateDirectory(in: parent, prefix: "isorun-junit-") }
            let name = "\(copied + 1).xml"
            let source = file.descriptor.borrowed
            let size = file.status.size
            try directory?.held.replace(ByteString(name), mode: 0o600) {
                (copy: borrowing OwnedDescriptor) throws(SystemError) in
                try copy.fill(from: source, size: size)
            }
            copied += 1
            bytes += file.status.size
            return directory?.path.appending(name)
        } catch {
            throw Refusal(reason: "\(error)")
        }
    }

    func refuse(_ path: ByteString, _ reason: String) {
        // Refused ones are bounded as those are that were copied, and a last one counts as all others.
        let refused = files.count - copied
        guard refused < limits.junitFiles else { return }
        let last = refused == limits.junitFiles - 1
        let reason = last ? "it and others: too many files were refused to name them all" : reason
        files.append(CollectedJUnitFile(path: EscapedPath.text(path), file: nil, refused: reason))
    }
}
