internal import Glibc
public import IsorunSystem
public import SystemPackage

/// A fresh directory of the host that only the caller can enter; it stays until somebody removes it.
public struct PrivateDirectory: ~Copyable {
    /// Where it is.
    public let path: FilePath
    /// The directory.
    public let held: HeldDirectory

    /// Makes a directory with a random name, 0700: `mkdtemp(3)`.
    public init(in parent: FilePath, prefix: String) throws(SystemError) {
        var template = unsafe parent.appending(prefix + "XXXXXX").withPlatformString { text in
            unsafe Array(UnsafeBufferPointer(start: text, count: strlen(text) + 1))
        }
        let made = unsafe mkdtemp(&template) != nil
        guard made else { throw SystemError("make a private directory in", parent.string, Errno(rawValue: errno)) }
        let path = FilePath(platformString: template)
        self.held = try HeldDirectory(host: path)
        self.path = path
    }

    /// The directory for temporary files: `TMPDIR` where that is an absolute path, else `/tmp`.
    public static var parent: FilePath {
        guard let value = unsafe getenv("TMPDIR") else { return "/tmp" }
        let path = unsafe FilePath(platformString: value)
        return path.isAbsolute ? path : "/tmp"
    }
}
