internal import Glibc
internal import SystemPackage

/// This process's working directory.
enum WorkingDirectory {
    /// There is none: it was deleted, or lies outside of this process's root, getcwd(3).
    struct Missing: Error, CustomStringConvertible {
        let errno: Errno

        var description: String {
            "cannot tell the working directory: \(errno)\n"
                + "  it was deleted, or cannot be reached from here: change to one that is there, as with `cd ~`"
        }
    }

    /// Its path.
    static func current() throws(Missing) -> FilePath {
        guard let path = unsafe getcwd(nil, 0) else { throw Missing(errno: Errno(rawValue: Glibc.errno)) }
        defer { unsafe free(path) }
        // Before the path of one that cannot be reached Linux puts this mark.
        guard unsafe path[0] == CChar(UInt8(ascii: "/")) else { throw Missing(errno: .noSuchFileOrDirectory) }
        return unsafe FilePath(platformString: path)
    }
}
