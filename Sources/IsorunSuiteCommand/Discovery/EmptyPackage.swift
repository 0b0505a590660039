import IsorunModel
import IsorunReporting
import SystemPackage

/// A package of which its containers see nothing: one that is a home, or `/tmp`, and not a directory in there.
///
/// Its build would have nothing to build, and tests that look for files would find none and might pass.
enum EmptyPackage {
    /// What is wrong with a package, and what helps; nil where it is seen.
    ///
    /// - Parameters:
    ///   - package: its directory.
    ///   - files: what its containers see.
    ///   - places: the directories that are empty inside.
    /// - Returns: a sentence.
    static func problem(of package: FilePath, seen files: FilesystemSpec, places: [FilePath]) -> String? {
        guard files.rootfs == .host, places.contains(package) else { return nil }
        let shown = (files.volumes + files.views).map(\.destination)
        guard !shown.contains(where: { package.starts(with: $0) }) else { return nil }
        let path = TerminalText.escape(package.string, limit: 4096)
        return "\(path) is empty inside of containers, as homes and shared scratch space are: give the package a "
            + "directory of its own in there, or show all of it with -v \(path):\(path), through which its tests write"
    }
}
