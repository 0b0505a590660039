internal import CIsorunSystem
internal import Glibc
internal import IsorunSystem

extension OwnedDescriptor {
    /// Kills the child whose pidfd this is, and waits for its end: no zombie of it is left.
    func killChild() {
        _ = isorun_pidfd_signal(raw, SIGKILL)
        var end = isorun_end()
        _ = unsafe isorun_pidfd_wait(raw, 1, &end)
    }
}
