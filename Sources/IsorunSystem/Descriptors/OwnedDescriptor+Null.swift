internal import Glibc

extension OwnedDescriptor {
    /// `/dev/null`, to read and to write: null(4).
    ///
    /// - Throws: the kernel's answer.
    public static func null() throws(SystemError) -> OwnedDescriptor {
        let raw = unsafe open("/dev/null", O_RDWR | O_CLOEXEC)
        return try OwnedDescriptor(raw < 0 ? -errno : raw, "open", "/dev/null")
    }
}
