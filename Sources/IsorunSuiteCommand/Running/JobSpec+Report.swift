import IsorunModel
import SystemPackage

extension JobSpec {
    /// Has what a framework reports copied out, and gives it a place: where the root is read-only, or the tests are not
    /// root's, what it is written to is a scratch file system that everybody may write to.
    mutating func collect(report: String, to copy: FilePath?) {
        collection.artifacts.append(ArtifactSpec(pattern: report, destination: copy))
        guard filesystem.readOnly || process.user != UserSpec(uid: 0, gid: 0), report.hasPrefix("/run/") else { return }
        guard !filesystem.tmpfs.contains(where: { $0.destination == "/run" }) else { return }
        filesystem.tmpfs.append(TmpfsSpec(destination: "/run", size: nil))
    }
}
