@testable import IsorunSecurity
import Testing

@Suite struct `A system call` {
    @Test(
        arguments: [
            (21, 0x4000_0003, "mount (i386)"), (102, 0x4000_0003, "socketcall (i386)"),
            (0x4000_0001, 0xc000_003e, "write (x32)"), (0x4000_03e7, 0xc000_003e, "system call 999 (x32)"),
            (1, 0x1234, "system call 1 (ABI 0x1234)"),
        ] as [(Int32, UInt32, String)]
    )
    func `of another ABI is named with it`(number: Int32, arch: UInt32, name: String) {
        #expect(syscallName(number: number, auditArch: arch) == name)
    }

    @Test func `of the native ABI is named alone`() throws {
        #expect(syscallName(number: try number("mount"), auditArch: NativeABI.auditArch) == "mount")
        #expect(syscallName(number: 466, auditArch: NativeABI.auditArch) == "removexattrat")
        #expect(syscallName(number: 999, auditArch: NativeABI.auditArch) == "system call 999")
    }

    @Test func `newer than libseccomp still has its number`() {
        #expect(SyscallNumber.resolve("fchmodat2") == 452)
        #expect(SyscallNumber.resolve("mseal") == 462)
        #expect(SyscallNumber.resolve("socketcall") == nil && SyscallNumber.resolve("no_such_call") == nil)
    }
}
