import IsorunSystem
import IsorunTestSupport
import SystemPackage
import Testing

@Suite struct `A file that is read as a whole` {
    @Test(arguments: [0, 1, 4095, 4096, 4097, 10_000])
    func `may be as long as its limit and no longer`(_ count: Int) throws {
        try PrivateFile.with([UInt8](repeating: 7, count: count)) { path in
            for limit in [count, count + 1] {
                let bytes = try SmallFile.readWhole(path, limit: limit)
                #expect(bytes.count == count)
            }
            guard count > 0 else { return }
            let failure = #expect(throws: SystemError.self) { try SmallFile.readWhole(path, limit: count - 1) }
            #expect(failure?.errno == .fileTooLarge)
        }
    }
}
