internal import CIsorunSystem
internal import Glibc
internal import IsorunModel
public import SystemPackage

/// A file of the user's that isorun writes.
public enum HostFile {
    /// Writes a file as a whole: what is new or regular is replaced in one step, and a link, a pipe or a terminal is
    /// written to as it stands.
    public static func write(
        _ path: FilePath,
        fill: (borrowing OwnedDescriptor) throws(SystemError) -> Void
    ) throws(SystemError) {
        do throws(SystemError) {
            let parent = path.removingLastComponent()
            let directory = try HeldDirectory(host: parent.isEmpty ? "." : parent)
            guard let last = path.lastComponent else { throw SystemError("write", "", .isDirectory) }
            let name = unsafe last.withPlatformString {
                unsafe ByteString(UnsafeRawBufferPointer(start: $0, count: strlen($0)))
            }
            let present = try directory.entry(name)
            if present == nil || present?.kind == .file { return try directory.replace(name, mode: 0o644, fill: fill) }
            let flags = O_WRONLY | O_TRUNC | O_NONBLOCK | O_NOCTTY | O_CLOEXEC
            let raw = unsafe path.withPlatformString { unsafe open($0, flags) }
            let file = try OwnedDescriptor(raw < 0 ? -errno : raw, "open")
            // Opened without waiting for a reader; written to with waiting.
            _ = fcntl(file.raw, F_SETFL, 0)
            try fill(file)
        } catch {
            throw SystemError("write", path.string, error.errno, detail: error.detail)
        }
    }
}
