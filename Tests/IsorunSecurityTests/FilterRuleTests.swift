import IsorunModel
@testable import IsorunSecurity
import Testing

private let eperm = SeccompAction.errno(1)
private let enosys = SeccompAction.errno(38)
private let eafnosupport = SeccompAction.errno(97)
private let high: UInt64 = 1 << 32

@Suite struct `The compiled filter` {
    @Test(arguments: SeccompProfileName.filtering)
    func `does with each call what the profile says`(name: SeccompProfileName) throws {
        let emulator = BPFEmulator(try SeccompProfile.builtin(name).compiled().program)
        for expectation in Expectation.all {
            guard let number = SyscallNumber.resolve(expectation.call) else { continue }
            let returned = try emulator.run(number, arch: NativeABI.auditArch, expectation.arguments)
            #expect(
                returned == expectation.action(in: name).returnValue,
                "\(name.rawValue): \(expectation.testDescription)"
            )
        }
    }

    @Test(arguments: SeccompProfileName.filtering)
    func `keeps the core limit only where that was asked`(name: SeccompProfileName) throws {
        let options = FilterOptions(denyCoreLimit: true)
        let emulator = BPFEmulator(try SeccompProfile.builtin(name, options).compiled().program)
        let cases: [(String, [UInt64], SeccompAction)] = [
            ("setrlimit", [4, 1], eperm), ("setrlimit", [high | 4, 1], eperm), ("setrlimit", [7, 1], .allow),
            ("prlimit64", [0, 4, 1], eperm), ("prlimit64", [0, high | 4, high], eperm),
            ("prlimit64", [0, 4, 0, 1], .allow), ("prlimit64", [0, 7, 1], .allow), ("getrlimit", [4], .allow),
        ]
        for (call, arguments, action) in cases {
            let returned = try emulator.run(try number(call), arch: NativeABI.auditArch, arguments)
            #expect(returned == action.returnValue, "\(call) \(arguments)")
        }
    }

    @Test(arguments: SeccompProfileName.filtering, [0o4755, 0o2755, 0o6000, 0o4000 | 1 << 32] as [UInt64])
    func `lets no set-ID bit through where that was asked`(name: SeccompProfileName, mode: UInt64) throws {
        let options = FilterOptions(forbidSetIDBits: true)
        let emulator = BPFEmulator(try SeccompProfile.builtin(name, options).compiled().program)
        let create: UInt64 = 0o100
        let temporary: UInt64 = 0o20_200_000
        let cases: [(String, [UInt64], SeccompAction)] = [
            ("chmod", [0, mode], eperm), ("fchmod", [3, mode], eperm), ("fchmodat", [3, 0, mode], eperm),
            ("creat", [0, mode], eperm), ("mkdir", [0, mode], eperm), ("mkdirat", [3, 0, mode], eperm),
            ("mknod", [0, mode], eperm), ("mknodat", [3, 0, mode], eperm), ("fchmodat2", [3, 0, mode], eperm),
            ("open", [0, create, mode], eperm), ("openat", [3, 0, create, mode], eperm),
            ("open", [0, temporary, mode], eperm), ("openat", [3, 0, temporary, mode], eperm),
            ("openat", [3, 0, 0, mode], .allow), ("open", [0, 0o200_000, mode], .allow), ("openat2", [], enosys),
            ("chmod", [0, 0o1777], .allow), ("fchmodat", [3, 0, 0o755], .allow),
            ("openat", [3, 0, create | 0o1000, 0o644], .allow), ("mkdir", [0, 0o1777], .allow),
        ]
        for (call, arguments, action) in cases {
            guard let number = SyscallNumber.resolve(call) else { continue }
            let returned = try emulator.run(number, arch: NativeABI.auditArch, arguments)
            #expect(returned == action.returnValue, "\(call) \(arguments)")
        }
    }

    @Test(arguments: SeccompProfileName.filtering)
    func `says whether a keeper must listen`(name: SeccompProfileName) throws {
        let filter = try SeccompProfile.builtin(name).compiled()
        #expect(filter.usesNotification == (name == .strict))
        #expect(filter.instructionCount == filter.program.count / 8)
    }

    @Test func `is none for an unconfined job`() throws {
        #expect(try FilterCompiler(cacheDirectory: nil).compile(.builtin(.unconfined), options: .everything) == nil)
    }
}
