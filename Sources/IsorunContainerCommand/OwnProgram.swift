internal import Glibc

/// This very program.
enum OwnProgram {
    /// Its path; nil where the kernel cannot tell.
    static var path: String? {
        guard let path = unsafe realpath("/proc/self/exe", nil) else { return nil }
        defer { unsafe free(path) }
        return unsafe String(cString: path)
    }
}
