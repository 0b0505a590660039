import Glibc
import SystemPackage
import Testing

@testable import IsorunSuiteCommand

@Suite struct `A run's directory on disk` {
    private let base = FilePath("/tmp/isorun-run-directory-\(getpid())-\(UInt32.random(in: 0...UInt32.max))")

    private func exists(_ path: FilePath) -> Bool { unsafe access(path.string, F_OK) == 0 }

    private func directory(_ path: FilePath) { unsafe mkdir(path.string, 0o755) }

    private func file(_ path: FilePath) { close(unsafe open(path.string, O_RDWR | O_CREAT, 0o600)) }

    @Test func `goes with the run, whatever is in it, and takes the directory of all along`() throws {
        let run = try RunDirectory.make(in: base)
        let path = run.path
        directory(path.appending("d"))
        file(path.appending("d").appending("f"))
        unsafe chmod(path.appending("d").string, 0)
        run.remove()
        #expect(!exists(path) && !exists(base))
    }

    @Test func `that a killed run left is removed by the next one, and that of one that lives is not`() throws {
        let alive = try RunDirectory.make(in: base)
        let left = base.appending("1.1")
        directory(left)
        file(left.appending("lock"))
        let next = try RunDirectory.make(in: base)
        #expect(!exists(left) && exists(alive.path) && exists(next.path))
        next.remove()
        #expect(exists(base))
        alive.remove()
        #expect(!exists(base))
    }
}
