internal import Glibc
internal import IsorunModel
internal import IsorunSystem
internal import SystemPackage

/// The directory of the unified hierarchy below which jobs get their cgroup.
///
/// cgroup v2 lets a group either hold processes or hand controllers to its children ("no internal processes"), so a
/// job can seldom sit right below the cgroup of isorun. It is put below the nearest ancestor that can hand the needed
/// controllers down: as deep as possible, so that limits from outside keep holding.
struct UnifiedParent: Hashable, Sendable {
    /// The directory.
    var directory: FilePath
    /// What it hands down already.
    var enabled: CgroupFacts.Controllers
    /// What it can be made to hand down, by a write to `cgroup.subtree_control`.
    var possible: CgroupFacts.Controllers

    /// All that a job below it can have.
    var offered: CgroupFacts.Controllers { enabled.union(possible) }

    /// Finds the nearest directory that offers all that is needed, else the nearest of those that offer most.
    ///
    /// Looks only: nothing is written before a job is made.
    static func find(
        _ hierarchy: MountedHierarchy,
        needs: CgroupFacts.Controllers,
        hasControllers: Bool,
        _ reading: inout HostReading
    ) -> Self? {
        var best: Self?
        for directory in hierarchy.ancestors {
            guard let candidate = Self(directory, hasControllers: hasControllers, &reading) else { continue }
            let count = candidate.offered.intersection(needs).count
            if count == needs.count { return candidate }
            if let best, best.offered.intersection(needs).count >= count { continue }
            best = candidate
        }
        return best
    }

    /// Looks at a directory; nil where this user can make no cgroup with processes in it.
    ///
    /// - Parameters:
    ///   - directory: The directory.
    ///   - hasControllers: Whether it has any that a job can use; on most hybrid hosts it has none, and little is read.
    ///   - reading: Remembers what could not be read.
    private init?(_ directory: FilePath, hasControllers: Bool, _ reading: inout HostReading) {
        guard mayWrite(directory), mayWrite(directory.appending("cgroup.procs")) else { return nil }
        self.directory = directory
        enabled = []
        possible = []
        let type = fileText(directory.appending("cgroup.type"), &reading).map { words($0) }
        if let word = type?.first, String(decoding: word, as: UTF8.self) != "domain" { return nil }
        guard hasControllers else { return }
        enabled = Self.controllers(directory.appending("cgroup.subtree_control"), &reading)
        // Only the root has no type, and only the root may hold processes and hand controllers down.
        let isRoot = type == nil
        guard isRoot || (fileText(directory.appending("cgroup.procs"), &reading) ?? []).isEmpty else { return }
        guard mayWrite(directory.appending("cgroup.subtree_control")) else { return }
        possible = Self.controllers(directory.appending("cgroup.controllers"), &reading)
    }

    /// The controllers that a file names, of those a job can use.
    static func controllers(_ file: FilePath, _ reading: inout HostReading) -> CgroupFacts.Controllers {
        let names = words(fileText(file, &reading) ?? []).map { String(decoding: $0, as: UTF8.self) }
        return CgroupFacts.Controllers(names.compactMap { CgroupFacts.Controller(rawValue: $0) })
    }
}

/// Whether the effective user may write a file, or make entries in a directory.
func mayWrite(_ path: FilePath) -> Bool {
    unsafe path.withPlatformString { unsafe faccessat(AT_FDCWD, $0, W_OK, AT_EACCESS) == 0 }
}

/// The bytes of a file; nil where it cannot be read.
private func fileText(_ path: FilePath, _ reading: inout HostReading) -> [UInt8]? {
    let descriptor = unsafe path.withPlatformString { unsafe open($0, O_RDONLY | O_CLOEXEC) }
    guard descriptor >= 0 else {
        reading.note(SystemError("open", path.string, Errno(rawValue: errno)))
        return nil
    }
    defer { close(descriptor) }
    let text = GroupDirectory.text(at: descriptor)
    if text == nil { reading.note(SystemError("read", path.string, Errno(rawValue: errno))) }
    return text
}
