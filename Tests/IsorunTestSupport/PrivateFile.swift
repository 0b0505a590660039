internal import Glibc
internal import IsorunSystem
public import SystemPackage

/// A file of the host in a directory that only the caller can enter, for as long as a test takes.
public enum PrivateFile {
    /// Hands the file's path on, and removes file and directory after that.
    ///
    /// - Parameters:
    ///   - bytes: its contents.
    ///   - body: the test.
    /// - Returns: what the test returns.
    /// - Throws: what the test throws, or the kernel's answer.
    public static func with<Result>(
        _ bytes: some Sequence<UInt8>,
        _ body: (FilePath) throws -> Result
    ) throws -> Result {
        let directory = try PrivateDirectory(in: PrivateDirectory.parent, prefix: "isorun-file-")
        let path = directory.path.appending("file")
        defer {
            _ = unsafe unlink(path.string)
            _ = unsafe rmdir(directory.path.string)
        }
        let raw = unsafe open(path.string, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        try OwnedDescriptor(raw < 0 ? -errno : raw, "make", path.string).write(all: bytes)
        return try body(path)
    }
}
