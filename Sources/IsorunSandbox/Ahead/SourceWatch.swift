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
    private let state = Mutex(State())

    private struct State {
        var changes: UInt64 = 0
        var places: [Int32] = []
        var isOver = false
    }

    /// Watches nothing yet; nil where the host has no watch left to give.
    init?() {
        let raw = isorun_changes_create()
        guard raw >= 0 else { return nil }
        descriptor = OwnedDescriptor(raw)
    }

    /// Watches the directories of a root; nil where the host has no watch left to give.
    convenience init?(_ root: RootPlan) {
        self.init()
        for path in SourceMarks.directories(of: root) {
            guard add(path) else { return nil }
        }
    }

    /// Watches a directory of a layer through the layer itself, whatever the host has mounted over it meanwhile.
    ///
    /// - Returns: False where the host has no watch left to give.
    func add(_ path: String, in layer: borrowing HeldDirectory) -> Bool {
        do throws(SystemError) {
            let directory = try layer.directory(path)
            return add(FilePath("/proc/self/fd/\(directory.descriptor.raw)"))
        } catch {
            // What is not there, or leads elsewhere, is told by the directory above it when it is replaced.
            return [.noSuchFileOrDirectory, .notDirectory, .tooManySymbolicLinkLevels].contains(error.errno)
        }
    }

    private func add(_ path: FilePath) -> Bool {
        let result = unsafe path.withPlatformString { unsafe isorun_changes_watch(descriptor.raw, $0) }
        if result >= 0 { state.withLock { $0.places.append(result) } }
        // What is not there is told by the directory above it, when it comes.
        return result >= 0 || result == -ENOENT || result == -ENOTDIR
    }

    /// A number that is another one after each change.
    var stamp: UInt64 {
        state.withLock { state in
            unsafe withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 8) { buffer in
                while unsafe read(descriptor.raw, buffer.baseAddress, buffer.count) > 0 { state.changes += 1 }
            }
            if state.isOver { state.changes += 1 }
            return state.changes
        }
    }

    /// Watches nothing any more, and says of everything that it has changed.
    ///
    /// To close a descriptor that still watches takes some 14 ms, and so does the end of a process that has one: the
    /// kernel waits until nobody can be looking at what it watched. Where that was let go of a little before, nobody waits.
    func end() {
        state.withLock { state in
            state.isOver = true
            for place in state.places { _ = isorun_changes_forget(descriptor.raw, place) }
            state.places = []
        }
    }
}
