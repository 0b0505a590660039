import Glibc
import IsorunSystem
import IsorunTestSupport
import SystemPackage
import Testing

@testable import IsorunSuiteCommand

@Suite struct `The lock of a suite's state` {
    private func withDirectory(_ body: (FilePath) throws -> Void) throws {
        let directory = try PrivateDirectory(in: PrivateDirectory.parent, prefix: "isorun-state-")
        defer {
            _ = unsafe unlink(directory.path.appending("lock").string)
            _ = unsafe rmdir(directory.path.string)
        }
        try body(directory.path)
    }

    private func lock(_ path: FilePath) throws -> StateLock? {
        let raw = unsafe open(path.appending("lock").string, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        try #require(raw >= 0)
        return StateLock(OwnedDescriptor(raw))
    }

    /// Has the lock as somebody else, in whose name.
    private func hold(_ path: FilePath, as pid: Int32) throws -> Int32 {
        let raw = unsafe open(path.appending("lock").string, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        try #require(raw >= 0 && flock(raw, LOCK_EX | LOCK_NB) == 0)
        let text = Array("\(pid)\n".utf8)
        try #require(unsafe write(raw, text, text.count) == text.count)
        return raw
    }

    // A process that another test clones meanwhile has a copy of the descriptor: to close this one does not end the lock.
    private func release(_ raw: Int32) {
        flock(raw, LOCK_UN)
        close(raw)
    }

    /// The id of a process that has ended; as a zombie where nobody has waited for it yet.
    private func ended(reaped: Bool) throws -> Int32 {
        var pid: pid_t = 0
        let arguments = unsafe [strdup("true"), nil]
        defer { unsafe free(arguments[0]) }
        let started = unsafe posix_spawn(&pid, "/bin/true", nil, nil, arguments, environ)
        try #require(started == 0)
        var info = unsafe siginfo_t()
        let waited = unsafe waitid(P_PID, id_t(pid), &info, WEXITED | (reaped ? 0 : WNOWAIT))
        try #require(waited == 0)
        return pid
    }

    @Test func `is one run's at a time, and free after it`() throws {
        try withDirectory { path in
            var first = try lock(path)
            #expect(first != nil)
            #expect(try lock(path) == nil)
            first = nil
            #expect(try lock(path) != nil)
            _ = first
        }
    }

    @Test(arguments: [true, false])
    func `is waited for where who had it has ended, and something of that is left`(reaped: Bool) throws {
        try withDirectory { path in
            let pid = try ended(reaped: reaped)
            let raw = try hold(path, as: pid)
            let rest = try WorkerThread {
                usleep(20_000)
                flock(raw, LOCK_UN)
                close(raw)
            }
            #expect(try lock(path) != nil)
            rest.join()
            var status: Int32 = 0
            if !reaped { unsafe waitpid(pid, &status, 0) }
        }
    }

    @Test func `is not waited for where who has it lives, or cannot be told`() throws {
        try withDirectory { path in
            for pid in [getpid(), 0] {
                let raw = try hold(path, as: pid)
                #expect(try lock(path) == nil)
                release(raw)
            }
        }
    }
}
