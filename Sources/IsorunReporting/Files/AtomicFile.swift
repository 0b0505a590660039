import Glibc

/// Replaces a file in one step: readers see the old contents or the new ones, never a part.
public enum AtomicFile {
    /// Writes a report to where it was checked to go.
    ///
    /// A file is written under a temporary name beside it, made durable and renamed; its mode is 0644 less the umask.
    /// Standard output and pipes are written to as they are.
    /// - Throws: `ReportingError` with the kernel's answer; no temporary file stays behind.
    public static func write(_ bytes: [UInt8], to target: ReportTarget) throws(ReportingError) {
        do throws(FileFailure) {
            guard let hold = target.hold else { return try writeAll(bytes, to: STDOUT_FILENO) }
            switch target.place {
            case .file(_, let name): try replace(name, in: hold.path, with: bytes)
            default: try OpenFile(hold.path, flags: O_WRONLY | O_APPEND | O_NOCTTY).write(bytes)
            }
        } catch {
            throw ReportingError(.system, "cannot write the report", target.path, errno: error.errno)
        }
    }

    private static func replace(_ name: String, in path: String, with bytes: [UInt8]) throws(FileFailure) {
        let directory = try OpenFile(path, flags: O_RDONLY | O_DIRECTORY)
        // The name is cut so that it stays within NAME_MAX; the random part keeps writers apart.
        let random = String(UInt64.random(in: .min ... .max), radix: 36)
        let temporary = ".\(name.prefix(50)).\(random).tmp"
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW
        let file = try OpenFile(temporary, in: directory.number, flags: flags, mode: 0o644)
        do throws(FileFailure) {
            try file.write(bytes)
            try file.synchronize()
            guard unsafe renameat(directory.number, temporary, directory.number, name) == 0 else {
                throw FileFailure(errno: errno)
            }
        } catch {
            _ = unsafe unlinkat(directory.number, temporary, 0)
            throw error
        }
    }
}
