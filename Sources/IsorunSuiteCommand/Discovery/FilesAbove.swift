import Glibc
import IsorunModel
import IsorunSystem
import SystemPackage

/// The files above a package in a home that its framework looks at: homes are empty inside, but for the package.
///
/// Only these files are shown, read-only, and nothing that lies beside them.
struct FilesAbove {
    /// Whose directories are empty inside.
    var homes: [FilePath]
    /// What lies at a path: whether that is a regular file, and whether there is anything at all.
    var isFile: (FilePath) -> Bool
    var exists: (FilePath) -> Bool

    /// Those of this host.
    static var ofHost: FilesAbove {
        let own = unsafe getpwuid(geteuid()).flatMap { unsafe $0.pointee.pw_dir }.map { unsafe String(cString: $0) }
        let homes = ["/home", "/root", own, Environment.value("HOME")].compactMap { $0.map { FilePath($0) } }
        return FilesAbove(
            homes: homes.map { $0.lexicallyNormalized() }.filter { $0.isAbsolute && $0 != "/" },
            isFile: { type(of: $0) == S_IFREG },
            exists: { type(of: $0) != nil }
        )
    }

    private static func type(of path: FilePath) -> mode_t? {
        var status = stat()
        return unsafe path.withPlatformString { unsafe stat($0, &status) } == 0 ? status.st_mode & S_IFMT : nil
    }

    /// Read-only volumes of them, for a job that sees the host's files.
    func volumes(named names: [String], above package: FilePath, for files: FilesystemSpec) -> [VolumeSpec] {
        guard !names.isEmpty, files.rootfs == .host else { return [] }
        let project = project(of: package)
        var found: [VolumeSpec] = []
        var directory = package
        while directory.removeLastComponent(), homes.contains(where: { directory.starts(with: $0) }) {
            if let project, directory.starts(with: project) { continue }
            guard !files.volumes.contains(where: { directory.starts(with: $0.destination) }) else { continue }
            for path in names.map({ directory.appending($0) }) where isFile(path) {
                guard !files.volumes.contains(where: { $0.destination == path }) else { continue }
                found.append(VolumeSpec(source: path, destination: path, writable: false))
            }
        }
        return found
    }

    /// What is shown as a whole: the nearest directory with a repository, but no home.
    private func project(of package: FilePath) -> FilePath? {
        var directory = package
        while homes.contains(directory) || !exists(directory.appending(".git")) {
            guard directory.removeLastComponent() else { return nil }
        }
        return directory
    }
}
