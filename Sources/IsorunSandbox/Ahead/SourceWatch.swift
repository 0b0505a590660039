internal import CIsorunSystem
internal import Glibc
internal import IsorunPlanning
internal import IsorunSystem
internal import Synchronization
internal import SystemPackage

/// Hears of every change to the directories that a container's hidden files were found in: inotify(7).
///
/// To look at all of `/etc` before each job takes longer than the rest of its start; to hear that nothing has changed
/// takes one call.
final class SourceWatch: Sendable {
    private let descriptor: OwnedDescriptor
    private let changes = Mutex<UInt64>(0)

    /// Watches the directories of a root; nil where the host has no watch left to give.
    init?(_ root: RootPlan) {
        let raw = isorun_changes_create()
        guard raw >= 0 else { return nil }
        descriptor = OwnedDescriptor(raw)
        for path in SourceMarks.directories(of: root) {
            let result = unsafe path.withPlatformString { unsafe isorun_changes_watch(raw, $0) }
            // What is not there is told by the directory above it, when it comes.
            if result < 0 && result != -ENOENT && result != -ENOTDIR { return nil }
        }
    }

    /// A number that is another one after each change.
    var stamp: UInt64 {
        changes.withLock { changes in
            unsafe withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 8) { buffer in
                while unsafe read(descriptor.raw, buffer.baseAddress, buffer.count) > 0 { changes += 1 }
            }
            return changes
        }
    }
}
