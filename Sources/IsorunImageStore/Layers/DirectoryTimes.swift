internal import Glibc
internal import IsorunImages
internal import IsorunModel
internal import IsorunSystem
internal import SystemPackage

/// The times that directories of a layer get when nothing is put into them any more, which nobody knows before the
/// archive's end.
///
/// A layer may have millions of directories, with names as long as the kernel takes. Where they are too many to remember
/// they get their times in between, and from then on a directory that changes has the time that it had before.
struct DirectoryTimes {
    private var times: [[UInt8]: timespec] = [:]
    private var bytes = 0
    private var wereApplied = false
    // What an entry takes beside its path.
    private static let entrySize = 80
    private static let mostBytes = 16 << 20

    /// Whether there are so many that they should be applied.
    var isLarge: Bool { bytes > Self.mostBytes }

    subscript(path: [UInt8]) -> timespec? {
        get { times[path] }
        set {
            let before = times[path]
            times[path] = newValue
            let change = (newValue == nil ? 0 : 1) - (before == nil ? 0 : 1)
            bytes += change * (path.count + Self.entrySize)
        }
    }

    /// Sees to it that a directory which is about to change gets the time back that was applied to it.
    mutating func keep(_ path: [UInt8], of directory: borrowing HeldDirectory) {
        // The root's own time is never forgotten.
        guard wereApplied, !path.isEmpty, times[path] == nil else { return }
        do throws(SystemError) {
            let modified = try EntryStatus(of: directory.descriptor).modified
            self[path] = timespec(tv_sec: modified.seconds, tv_nsec: modified.nanoseconds)
        } catch {}
    }

    /// The same for one that is not open.
    mutating func keep(_ path: [UInt8], below top: borrowing HeldDirectory) throws(ImageError) {
        guard wereApplied, !path.isEmpty, times[path] == nil else { return }
        keep(path, of: try telling { () throws(SystemError) in try top.directory(ByteString(path)) })
    }

    /// Gives all of them their times.
    mutating func apply(below top: borrowing HeldDirectory) {
        for (path, time) in times {
            // One that something else has taken the place of has no time any more.
            guard let directory = try? top.directory(ByteString(path)) else { continue }
            _ = unsafe futimens(directory.descriptor.raw, [time, time])
        }
        let root = times[[]]
        times = [:]
        bytes = 0
        self[[]] = root
        wereApplied = true
    }
}
