internal import CIsorunSystem
internal import Glibc
internal import IsorunModel
public import SystemPackage

/// A file of the user's that isorun writes, held from before anybody else could put something in its place.
///
/// What is new or regular is replaced in one step; a link, a pipe or a terminal is written to as it stood then.
public final class HostFile: Sendable {
    private let path: FilePath
    private let name: ByteString
    private let isReplaced: Bool
    // Its directory; or what a link leads to, or what is no file, open as a path only (O_PATH).
    private let place: HeldDirectory

    /// Looks at where it is to be, and makes nothing.
    public init(_ path: FilePath) throws(SystemError) {
        self.path = path
        do throws(SystemError) {
            let parent = path.removingLastComponent()
            let directory = try HeldDirectory(host: parent.isEmpty ? "." : parent)
            guard let last = path.lastComponent else { throw SystemError("write", "", .isDirectory) }
            name = unsafe last.withPlatformString {
                unsafe ByteString(UnsafeRawBufferPointer(start: $0, count: strlen($0)))
            }
            let present = try directory.entry(name)
            isReplaced = present == nil || present?.kind == .file
            if isReplaced {
                place = directory
            } else {
                let raw = unsafe path.withPlatformString { unsafe open($0, isorun_path_only | O_CLOEXEC) }
                place = HeldDirectory(try OwnedDescriptor(raw < 0 ? -errno : raw, "open"))
            }
        } catch {
            throw Self.failure(error, path)
        }
    }

    /// Writes it as a whole.
    public func write(fill: (borrowing OwnedDescriptor) throws(SystemError) -> Void) throws(SystemError) {
        do throws(SystemError) {
            if isReplaced { return try place.replace(name, mode: 0o644, fill: fill) }
            let flags = O_WRONLY | O_TRUNC | O_NONBLOCK | O_NOCTTY | O_CLOEXEC
            let raw = unsafe open("/proc/self/fd/\(place.descriptor.raw)", flags)
            let file = try OwnedDescriptor(raw < 0 ? -errno : raw, "open")
            // Opened without waiting for a reader; written to with waiting.
            _ = fcntl(file.raw, F_SETFL, 0)
            try fill(file)
        } catch {
            throw Self.failure(error, path)
        }
    }

    private static func failure(_ error: SystemError, _ path: FilePath) -> SystemError {
        SystemError("write", path.string, error.errno, detail: error.detail)
    }
}
