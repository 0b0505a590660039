import Glibc
import IsorunModel
import IsorunSystem
import SystemPackage

/// A directory of one run on the host's own file system, for callers who may mount nothing themselves.
///
/// Nobody else enters it. It goes with the run; what a killed run left is removed by the next one, which knows it by a
/// lock that nobody holds any more.
struct RunDirectory: ~Copyable {
    let path: FilePath
    private let parent: HeldDirectory
    private let lock: OwnedDescriptor

    /// Makes it in a directory for those of all runs, which goes when the last of them does.
    static func make(in all: FilePath) throws(SystemError) -> RunDirectory {
        let name = "\(getpid()).\(UInt32.random(in: 0...UInt32.max))"
        for _ in 1..<16 {
            do throws(SystemError) {
                return try RunDirectory(name, in: all)
            } catch {
                // Another run has just taken the directory of all away.
                guard error.errno == .noSuchFileOrDirectory else { throw error }
            }
        }
        return try RunDirectory(name, in: all)
    }

    /// Removes it with all that is in it.
    consuming func remove() { Self.remove(at: path, in: parent) }

    /// Removes it in the place of whoever has it, as far as that is possible.
    static func remove(at path: FilePath) {
        guard let parent = try? HeldDirectory(host: path.removingLastComponent()) else { return }
        remove(at: path, in: parent)
    }

    private static func remove(at path: FilePath, in parent: borrowing HeldDirectory) {
        remove(ByteString(path.lastComponent?.string ?? ""), in: parent)
        // The others' where there is none.
        _ = unsafe path.removingLastComponent().withPlatformString { unsafe rmdir($0) }
    }

    // It has its name when it has its lock: what has a name and no lock that is held was left behind.
    private init(_ name: String, in all: FilePath) throws(SystemError) {
        // In a shared directory somebody else may have made it before.
        let held = try OwnDirectory.open(all, for: .caller)
        let unfinished = "new.\(name)"
        let directory = try held.subdirectory(making: ByteString(unfinished))
        let locked = try Self.open("lock", in: directory, O_RDWR | O_CREAT)
        guard flock(locked.raw, LOCK_EX | LOCK_NB) == 0,
            unsafe renameat(held.descriptor.raw, unfinished, held.descriptor.raw, name) == 0
        else { throw SystemError("lock", all.appending(name).string, Errno(rawValue: errno)) }
        try Self.sweep(held)
        path = all.appending(name)
        parent = held
        lock = locked
    }

    private static func sweep(_ parent: borrowing HeldDirectory) throws(SystemError) {
        for name in try parent.names() where !name.hasPrefix("new.") {
            guard let left = try? parent.directory(name), let lock = try? open("lock", in: left, O_RDWR) else {
                continue
            }
            if flock(lock.raw, LOCK_EX | LOCK_NB) == 0 { remove(ByteString(name), in: parent) }
        }
    }

    private static func remove(_ name: ByteString, in parent: borrowing HeldDirectory) {
        guard let directory = try? parent.directory(name) else { return }
        try? directory.removeContents()
        let closed = name.bytes.map { CChar(bitPattern: $0) } + [0]
        _ = unsafe unlinkat(parent.descriptor.raw, closed, AT_REMOVEDIR)
    }

    private static func open(
        _ name: String,
        in directory: borrowing HeldDirectory,
        _ flags: Int32
    ) throws(SystemError) -> OwnedDescriptor {
        let raw = unsafe openat(directory.descriptor.raw, name, flags | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard raw >= 0 else { throw SystemError("open", name, Errno(rawValue: errno)) }
        return OwnedDescriptor(raw)
    }
}
