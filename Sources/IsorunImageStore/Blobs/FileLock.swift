internal import CIsorunSystem
internal import Glibc
internal import IsorunImages
internal import IsorunModel
internal import IsorunSystem
internal import SystemPackage

/// A file whose lock somebody holds, `flock(2)`.
///
/// It goes with its holder, however that ends.
struct FileLock: ~Copyable, Sendable {
    let file: OwnedDescriptor

    private init(_ file: consuming OwnedDescriptor) { self.file = file }

    /// Takes a lock, and makes its file where that is missing.
    ///
    /// Who removes a file while holding its lock leaves nothing behind: whoever waited looks again.
    ///
    /// - Parameters:
    ///   - name: of the file.
    ///   - directory: where it is.
    ///   - exclusive: whether nobody else may hold it.
    ///   - wait: whether to wait for that.
    /// - Returns: nil where somebody holds it and `wait` is false.
    /// - Throws: the kernel's answer.
    static func take(
        _ name: String,
        in directory: borrowing HeldDirectory,
        exclusive: Bool,
        wait: Bool = true
    ) throws(ImageError) -> FileLock? {
        while true {
            let flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC
            let raw = unsafe openat(directory.descriptor.raw, name, flags, 0o600)
            let file = try telling { () throws(SystemError) in
                try OwnedDescriptor(raw < 0 ? -errno : raw, "open the lock", name)
            }
            let result = isorun_flock(file.raw, exclusive ? 1 : 0, wait ? 1 : 0)
            if result == -EWOULDBLOCK { return nil }
            _ = try telling { () throws(SystemError) in try check(result, "lock", name) }
            var mine = stat()
            var there = stat()
            let isSame =
                unsafe fstat(file.raw, &mine) == 0
                && fstatat(directory.descriptor.raw, name, &there, AT_SYMLINK_NOFOLLOW) == 0
            if isSame, mine.st_ino == there.st_ino { return FileLock(file) }
        }
    }

    /// Holds it alone from now on, or together with others.
    borrowing func change(exclusive: Bool, wait: Bool) -> Bool {
        isorun_flock(file.raw, exclusive ? 1 : 0, wait ? 1 : 0) == 0
    }
}
