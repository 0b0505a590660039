internal import Glibc
internal import IsorunModel
public import SystemPackage

/// Directories that the caller keeps files in from one run to the next, some of them in places where others write, too.
///
/// Whoever trusts what lies there has to know that nobody else has put it there.
public enum OwnDirectory {
    /// Who may enter one.
    public enum Access: Sendable {
        /// The caller alone.
        case caller
        /// Whoever could before; nobody else writes to it.
        case readers
    }

    /// Opens one, after making it and those above it where they are missing.
    ///
    /// - Throws: the kernel's answer, or why it is not the caller's own.
    public static func open(_ path: FilePath, for access: Access) throws(SystemError) -> HeldDirectory {
        _ = try HeldDirectory(makingHost: path)
        let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
        let raw = unsafe path.withPlatformString { unsafe Glibc.open($0, flags) }
        // It was opened as a directory a moment ago.
        guard raw >= 0 else { throw SystemError("use", path.string, Errno(rawValue: errno), detail: "it is a link") }
        let held = HeldDirectory(OwnedDescriptor(raw))
        try close(held, path, for: access)
        return held
    }

    /// Opens one that lies in another one, after making it where it is missing.
    public static func open(
        _ name: String,
        in parent: borrowing HeldDirectory,
        at path: FilePath,
        for access: Access
    ) throws(SystemError) -> HeldDirectory {
        if try parent.status(name)?.kind == .link {
            throw SystemError("use", path.string, .tooManySymbolicLinkLevels, detail: "it is a link")
        }
        let held: HeldDirectory
        do throws(SystemError) { held = try parent.subdirectory(making: ByteString(name)) } catch {
            throw SystemError(error.action, path.string, error.errno, detail: error.detail)
        }
        try close(held, path, for: access)
        return held
    }

    private static func close(
        _ held: borrowing HeldDirectory,
        _ path: FilePath,
        for access: Access
    ) throws(SystemError) {
        guard let status = try held.status(""), status.uid == geteuid() else {
            throw SystemError("use", path.string, .permissionDenied, detail: "it belongs to another user")
        }
        let mode = access == .caller ? 0o700 : status.mode & 0o7755
        guard status.mode & 0o7777 == mode || fchmod(held.descriptor.raw, mode) == 0 else {
            throw SystemError("close to others", path.string, Errno(rawValue: errno))
        }
    }
}
