internal import Glibc
internal import IsorunSandbox
internal import IsorunSystem
internal import SystemPackage

/// The job that fills a new volume, in a container of the image: see ``VolumeFilling``.
package enum VolumeFiller {
    /// Copies a directory of the image into the volume: the exit code.
    package static func run(_ path: String, complain: (String) -> Void) -> Int32 {
        umask(0)
        do throws(SystemError) {
            let source = try directory(path)
            let target = try directory(VolumeFilling.volume)
            try TreeCopier.copy(source, to: target)
            return 0
        } catch {
            complain("\(error)")
            return 1
        }
    }

    /// Opens a directory by its path, without following a link on the way: that would be somewhere else.
    ///
    /// Name by name, for the filter that keeps set-ID bits out of volumes knows no openat2(2).
    private static func directory(_ path: String) throws(SystemError) -> OwnedDescriptor {
        var found: OwnedDescriptor?
        for name in ["/"] + path.split(separator: "/").map(String.init) {
            let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
            let raw = unsafe openat(found?.raw ?? AT_FDCWD, name, flags)
            found = try OwnedDescriptor(raw < 0 ? -errno : raw, "open", path)
        }
        guard let found = found.take() else { throw SystemError("open", path, .noSuchFileOrDirectory) }
        return found
    }
}
