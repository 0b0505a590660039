import IsorunModel
import SystemPackage

extension JobSpec {
    /// Makes room for what a framework reports: where the root is read-only, or the tests are not root's, what it is
    /// written to is a scratch file system that everybody may write to.
    mutating func makeRoom(forReport report: String) {
        guard filesystem.readOnly || process.user != UserSpec(uid: 0, gid: 0) else { return }
        guard report.hasPrefix("/run/"), !filesystem.tmpfs.contains(where: { $0.destination == "/run" }) else { return }
        filesystem.tmpfs.append(TmpfsSpec(destination: "/run", size: nil))
    }
}
