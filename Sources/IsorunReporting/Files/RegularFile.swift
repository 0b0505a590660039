import Glibc

/// Reads a file that must be just a file.
public enum RegularFile {
    /// Reads a whole file that is regular and no longer than a limit, whatever it grows to meanwhile.
    ///
    /// Links, devices and fifos are refused: the last component is opened with `O_NOFOLLOW`, without waiting for a
    /// fifo's writer, and its type is asked of the descriptor.
    /// - Parameters:
    ///   - path: the file.
    ///   - limit: the most bytes it may have.
    ///   - followLinks: whether the last component may be a link; false for whatever a job could have made.
    /// - Returns: its bytes.
    /// - Throws: `ReportingError` that says what it is instead.
    public static func read(_ path: String, limit: Int, followLinks: Bool = false) throws(ReportingError) -> [UInt8] {
        let flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | (followLinks ? 0 : O_NOFOLLOW)
        let bytes: [UInt8]?
        do throws(FileFailure) {
            let file = try OpenFile(path, flags: flags)
            bytes = try file.status().st_mode & S_IFMT == S_IFREG ? file.readAll(limit: limit) : nil
        } catch {
            let hint = error.errno == ELOOP ? "it is a symbolic link" : nil
            throw ReportingError(.system, "cannot read", path, errno: error.errno, hint: hint)
        }
        guard let bytes else { throw ReportingError(.malformed, "this is no regular file:", path) }
        guard bytes.count <= limit else {
            throw ReportingError(.malformed, "this file is longer than \(limit) bytes:", path)
        }
        return bytes
    }
}
