internal import Glibc
internal import IsorunSystem
internal import SystemPackage

/// Hears of any change of a namespace's mounts: a table of them has POLLPRI where one has come or gone since the last
/// look (proc_pid_mounts(5)).
final class MountWatch: Sendable {
    private let table: OwnedDescriptor

    /// Hears of what changes from now on; nil where the table cannot be opened.
    init?(_ path: FilePath) {
        let raw = unsafe path.withPlatformString { unsafe open($0, O_RDONLY | O_CLOEXEC) }
        guard raw >= 0 else { return nil }
        table = OwnedDescriptor(raw)
    }

    /// Whether one has come or gone since this was asked last.
    var hasChanged: Bool {
        var wait = pollfd(fd: table.raw, events: Int16(POLLPRI), revents: 0)
        // What cannot be asked is not known to be the same.
        return unsafe poll(&wait, 1, 0) != 0
    }
}
