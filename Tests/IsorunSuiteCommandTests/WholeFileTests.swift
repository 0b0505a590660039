import Glibc
import IsorunSystem
import IsorunTestSupport
import SystemPackage
import Testing

@Suite struct `A file that is read as a whole` {
    @Test(arguments: [0, 1, 4095, 4096, 4097, 10_000])
    func `may be as long as its limit and no longer`(_ count: Int) throws {
        let directory = try PrivateDirectory(in: PrivateDirectory.parent, prefix: "isorun-whole-")
        let path = directory.path.appending("file")
        defer {
            _ = unsafe unlink(path.string)
            _ = unsafe rmdir(directory.path.string)
        }
        let raw = unsafe open(path.string, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        try #require(raw >= 0)
        try OwnedDescriptor(raw).write(all: [UInt8](repeating: 7, count: count))
        #expect(try SmallFile.readWhole(path, limit: count).count == count)
        #expect(try SmallFile.readWhole(path, limit: count + 1).count == count)
        guard count > 0 else { return }
        let failure = #expect(throws: SystemError.self) { try SmallFile.readWhole(path, limit: count - 1) }
        #expect(failure?.errno == .fileTooLarge)
    }
}
