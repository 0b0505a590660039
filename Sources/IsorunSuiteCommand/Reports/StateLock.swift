import Glibc
import IsorunSystem
import SystemPackage

/// What one run at a time has of a suite's state; the id of who has it stands in it.
final class StateLock {
    private let file: OwnedDescriptor

    /// Takes it, or nothing where another run has it.
    ///
    /// What clones for a run shares its descriptors, and so has the lock for a moment longer than a run that is killed:
    /// that is waited for, a second at most.
    ///
    /// - Parameter file: open for reading and writing.
    init?(_ file: consuming OwnedDescriptor) {
        let raw = file.raw
        self.file = file
        let end = ContinuousClock.now + .seconds(1)
        while flock(raw, LOCK_EX | LOCK_NB) != 0 {
            guard errno == EWOULDBLOCK, !Self.lives(Self.owner(raw)), .now < end else { return nil }
            usleep(2000)
        }
        _ = ftruncate(raw, 0)
        let text = Array("\(getpid())\n".utf8)
        // Where it finds no room nobody is waited for.
        _ = unsafe pwrite(raw, text, text.count, 0)
    }

    deinit {
        // A process that was cloned meanwhile may have a copy of the descriptor.
        flock(file.raw, LOCK_UN)
    }

    private static func owner(_ raw: Int32) -> Int32? {
        var text = [UInt8](repeating: 0, count: 16)
        let count = unsafe pread(raw, &text, text.count, 0)
        let line = text.prefix(max(0, count)).prefix { $0 != UInt8(ascii: "\n") }
        return Int32(String(decoding: line, as: UTF8.self)).flatMap { $0 > 0 ? $0 : nil }
    }

    /// Whether a process is there and has not ended; one that nobody has waited for yet has (proc_pid_stat(5)).
    private static func lives(_ pid: Int32?) -> Bool {
        guard let pid else { return true }
        guard let status = try? SmallFile.read(FilePath("/proc/\(pid)/stat"), limit: 4096) else { return false }
        let state = status.split(separator: UInt8(ascii: ")")).last?.dropFirst().first
        return state != UInt8(ascii: "Z") && state != UInt8(ascii: "X")
    }
}
