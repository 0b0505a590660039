internal import Glibc
internal import SystemPackage

/// Whether enough files can be opened for an answer that takes several.
///
/// What looks at many things of a host takes one that it could not open for one that is not there: a container that does
/// not run, a limit that nobody can set. So it asks first.
public enum DescriptorRoom {
    /// Opens so many files at a time, and closes them.
    ///
    /// - Parameter count: how many.
    /// - Throws: where this process, or the whole host, has no room for so many: EMFILE, ENFILE, ENOMEM.
    public static func require(_ count: Int) throws(SystemError) {
        var held: [Int32] = []
        defer { for raw in held { close(raw) } }
        while held.count < count {
            let raw = unsafe held.first.map { fcntl($0, F_DUPFD_CLOEXEC, 0) } ?? open("/dev/null", O_RDONLY | O_CLOEXEC)
            guard raw >= 0 else { throw SystemError("open \(count) more files at a time", "", .init(rawValue: errno)) }
            held.append(raw)
        }
    }
}
