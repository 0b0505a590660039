import IsorunModel
@testable import IsorunSecurity
import SystemPackage
import Testing

private let host = DockerHost(
    capabilities: .dockerDefault,
    architecture: "amd64",
    kernel: KernelVersion(major: 6, minor: 1)
)

private func read(_ json: String, host: DockerHost = host) throws(SecurityError) -> SeccompProfile {
    try SeccompProfile(dockerJSON: Array(json.utf8), file: "p.json", host: host)
}

private func run(_ json: String, _ call: String, _ arguments: [UInt64] = []) throws -> UInt32 {
    let emulator = BPFEmulator(try read(json).compiled().program)
    return try emulator.run(try number(call), arch: NativeABI.auditArch, arguments)
}

@Suite struct `A docker-format profile` {
    @Test func `is read with all its parts`() throws {
        let profile = try read(
            """
            {"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38,
             "archMap": [{"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86", "SCMP_ARCH_X32"]}],
             "syscalls": [
               {"names": ["read", "write", "no_such_call"], "action": "SCMP_ACT_ALLOW"},
               {"name": "mount", "action": "SCMP_ACT_KILL"},
               {"names": ["clone"], "action": "SCMP_ACT_ALLOW",
                "args": [{"index": 0, "value": 2114060288, "valueTwo": 0, "op": "SCMP_CMP_MASKED_EQ"}]},
               {"names": ["getppid"], "action": "SCMP_ACT_TRACE", "errnoRet": 7},
               {"names": ["getuid"], "action": "SCMP_ACT_ERRNO", "errnoRet": 13},
               {"names": ["getgid"], "action": "SCMP_ACT_ERRNO"},
               {"names": ["gettid"], "action": "SCMP_ACT_LOG"}]}
            """
        )
        #expect(profile.architectures == ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"])
        #expect(profile.usesNotification)
        let emulator = BPFEmulator(try profile.compiled().program)
        let cases: [(String, [UInt64], SeccompAction)] = [
            ("read", [], .allow), ("mount", [], .notify), ("clone", [0x11], .allow),
            ("clone", [0x1000_0000], .errno(38)), ("getppid", [], .trace(7)), ("getuid", [], .errno(13)),
            ("getgid", [], .errno(1)), ("gettid", [], .log), ("close", [], .errno(38)),
        ]
        for (call, arguments, action) in cases {
            let returned = try emulator.run(try number(call), arch: NativeABI.auditArch, arguments)
            #expect(returned == action.returnValue, "\(call)")
        }
        // The ABIs that the file asks for stay closed.
        #expect(try emulator.run(3, arch: 0x4000_0003, []) == SeccompAction.errno(38).returnValue)
    }

    @Test func `takes every action`() throws {
        let actions: [(String, SeccompAction)] = [
            ("ALLOW", .allow), ("LOG", .log), ("ERRNO", .errno(7)), ("KILL", .notify), ("KILL_THREAD", .notify),
            ("KILL_PROCESS", .notify), ("NOTIFY", .notify), ("TRACE", .trace(7)), ("TRAP", .trap),
        ]
        for (word, action) in actions {
            let other = action == .log ? "ALLOW" : "LOG"
            let entry = #"{"names": ["mount"], "action": "SCMP_ACT_\#(word)", "errnoRet": 7}"#
            let json = #"{"defaultAction": "SCMP_ACT_\#(other)", "syscalls": [\#(entry)]}"#
            #expect(try run(json, "mount") == action.returnValue, "\(word)")
        }
    }

    @Test func `lets the launch pass by its key, and nothing else`() throws {
        let profile = try read(#"{"defaultAction": "SCMP_ACT_KILL", "syscalls": []}"#)
        let key: UInt64 = 0x1234_5678_9abc_def0
        let emulator = BPFEmulator(try profile.compiled(launchKey: key).program)
        func action(_ call: String, _ sixth: UInt64) throws -> UInt32 {
            try emulator.run(try number(call), arch: NativeABI.auditArch, [1, 2, 3, 4, 5, sixth])
        }
        let refused = SeccompAction.notify.returnValue
        for call in ["sendmsg", "close", "rt_sigprocmask", "dup3", "close_range", "execve", "exit_group"] {
            #expect(try action(call, key) == SeccompAction.allow.returnValue, "\(call)")
            for wrong in [0, key & 0xffff_ffff, (key >> 32) << 32, key ^ 1, key ^ (1 << 63)] {
                #expect(try action(call, wrong) == refused, "\(call)")
            }
        }
        for call in ["read", "mount", "mmap"] { #expect(try action(call, key) == refused, "\(call)") }
    }

    @Test func `takes conditions on one argument as alternatives, on several as one`() throws {
        let args = #"{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}, {"index": %, "value": 2, "op": "SCMP_CMP_EQ"}"#
        func json(_ index: String) -> String {
            let parts = args.split(separator: "%")
            return
                #"{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["socket"], "action": "SCMP_ACT_ALLOW", "#
                + #""args": [\#(parts[0])\#(index)\#(parts[1])]}]}"#
        }
        #expect(try run(json("0"), "socket", [1, 0]) == SeccompAction.allow.returnValue)
        #expect(try run(json("0"), "socket", [2, 0]) == SeccompAction.allow.returnValue)
        #expect(try run(json("1"), "socket", [1, 0]) == SeccompAction.errno(1).returnValue)
        #expect(try run(json("1"), "socket", [1, 2]) == SeccompAction.allow.returnValue)
    }

    @Test func `that narrows an allowed call is not swallowed, as libseccomp would`() throws {
        let json = """
            {"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
              {"names": ["ioctl"], "action": "SCMP_ACT_ALLOW"},
              {"names": ["ioctl"], "action": "SCMP_ACT_ERRNO", "args": [{"index": 1, "value": 21522, "op": "SCMP_CMP_EQ"}]}]}
            """
        #expect(try run(json, "ioctl", [0, 0x5401]) == SeccompAction.allow.returnValue)
        #expect(try run(json, "ioctl", [0, 0x5412]) == SeccompAction.errno(1).returnValue)
    }

    @Test func `that denies by name allows the rest`() throws {
        let json =
            #"{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mount"], "action": "SCMP_ACT_ERRNO"}]}"#
        #expect(try run(json, "read") == SeccompAction.allow.returnValue)
        #expect(try run(json, "mount") == SeccompAction.errno(1).returnValue)
    }

    @Test(arguments: [
        (#""includes": {"caps": ["CAP_CHOWN"]}"#, true),
        (#""includes": {"caps": ["CAP_CHOWN", "CAP_SYS_ADMIN"]}"#, false),
        (#""excludes": {"caps": ["CAP_SYS_ADMIN"]}"#, true),
        (#""excludes": {"caps": ["CAP_SYS_ADMIN", "KILL"]}"#, false),
        (#""includes": {"arches": ["amd64", "x32"]}"#, true), (#""includes": {"arches": ["arm64"]}"#, false),
        (#""excludes": {"arches": ["s390x"]}"#, true), (#""excludes": {"arches": ["amd64"]}"#, false),
        (#""includes": {"minKernel": "4.8"}"#, true), (#""includes": {"minKernel": "6.2"}"#, false),
        (#""includes": {"minKernel": "6.1"}"#, true), (#""excludes": {"minKernel": "6.1"}"#, false),
        (#""includes": {}, "excludes": {}"#, true),
        (#""includes": {"caps": ["CHOWN"]}, "excludes": {"arches": ["amd64"]}"#, false),
    ])
    func `holds entries for whom they are meant`(filter: String, holds: Bool) throws {
        let profile = try read(
            #"{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["read"], "action": "SCMP_ACT_ALLOW", \#(filter)}]}"#
        )
        #expect(profile.syscalls.isEmpty != holds)
    }

    private static let bad: [(json: String, reason: String, hint: String)] = [
        ("", "it is not JSON", "the least profile is"),
        ("{", "it is not JSON", "the least profile is"),
        ("[]", "the document: it must be an object", "the least profile is"),
        ("{}", "defaultAction: it is missing", "SCMP_ACT_ALLOW"),
        (#"{"defaultAction": 5}"#, "defaultAction: it must be a text", "SCMP_ACT_ALLOW"),
        (#"{"defaultAction": "ALLOW"}"#, #"defaultAction: there is no action "ALLOW""#, #"did you mean "SCMP_ACT_"#),
        (
            #"{"defaultAction": "SCMP_ACT_ALOW"}"#, #"defaultAction: there is no action "SCMP_ACT_ALOW""#,
            #"did you mean "SCMP_ACT_ALLOW"?"#
        ),
        (
            #"{"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 70000}"#,
            "defaultErrnoRet: 70000 is no error number",
            "use 1 for EPERM"
        ),
        (
            #"{"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": -1}"#,
            "defaultErrnoRet: -1.0 is no whole number of 64 bits", "4294967295"
        ),
        (entry(#""action": "SCMP_ACT_ALLOW""#), "syscalls[0].names: it names no system call", "mount"),
        (entry(#""names": ["a"]"#), "syscalls[0].action: it is missing", "the least profile is"),
        (entry(#""names": "read", "action": "SCMP_ACT_ALLOW""#), "syscalls[0].names: it must be a list", ""),
        (entry(#""name": "a", "names": ["b"], "action": "SCMP_ACT_ALLOW""#), "syscalls[0].name: ", "keep names"),
        (
            entry(#""names": ["a"], "action": "SCMP_ACT_DENY""#),
            #"syscalls[0].action: there is no action "SCMP_ACT_DENY""#,
            "did you mean"
        ),
        (
            argument(#""index": 6, "value": 1, "op": "SCMP_CMP_EQ""#), "syscalls[0].args[0].index: 6 is no argument",
            "0 to 5"
        ),
        (
            argument(#""index": 0, "value": 1, "op": "SCMP_CMP_EQUAL""#),
            #"syscalls[0].args[0].op: there is no comparison "SCMP_CMP_EQUAL""#, #"did you mean "SCMP_CMP_"#
        ),
        (argument(#""index": 0, "value": 1.5, "op": "SCMP_CMP_EQ""#), "syscalls[0].args[0].value: 1.5 is no whole", ""),
        (
            argument(#""index": "0", "value": 1, "op": "SCMP_CMP_EQ""#),
            "syscalls[0].args[0].index: it must be a number", ""
        ),
        (argument(#""index": 0, "op": "SCMP_CMP_EQ""#), "syscalls[0].args[0].value: it is missing", ""),
        (
            entry(#""names": ["a"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_SYS_ADMN"]}"#),
            "syscalls[0].includes.caps: CAP_SYS_ADMN: there is no such capability", "did you mean SYS_ADMIN?"
        ),
        (
            entry(#""names": ["a"], "action": "SCMP_ACT_ALLOW", "includes": {"minKernel": "new"}"#),
            "syscalls[0].includes.minKernel: new is no kernel version", "4.8"
        ),
        (
            #"{"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_46"]}"#,
            #"architectures: there is no architecture "SCMP_ARCH_X86_46""#, #"did you mean "SCMP_ARCH_X86"#
        ),
        (
            #"{"defaultAction": "SCMP_ACT_ALLOW", "architectures": [], "archMap": []}"#, "archMap: ", "keep archMap"
        ),
    ]

    private static func entry(_ text: String) -> String {
        #"{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{\#(text)}]}"#
    }

    private static func argument(_ text: String) -> String {
        entry(#""names": ["a"], "action": "SCMP_ACT_ALLOW", "args": [{\#(text)}]"#)
    }

    @Test func `with a mistake is refused with the place, the value and a good one`() throws {
        for (json, reason, hint) in Self.bad {
            let error = try #require(throws: SecurityError.self, "\(json)") { try read(json) }
            #expect(error.code == .invalidProfile)
            #expect(error.subject == "p.json")
            #expect(error.reason.hasPrefix(reason), "\(json): \(error.reason)")
            #expect(error.hint.contains(hint), "\(json): \(error.hint)")
        }
    }

    @Test func `that cannot be read is an error with its path`() throws {
        let compiler = FilterCompiler(cacheDirectory: nil)
        let error = try #require(throws: SecurityError.self) {
            try compiler.compile(.file("/no/such/profile.json"), options: FilterOptions())
        }
        #expect(error.description.hasPrefix("cannot read the seccomp profile /no/such/profile.json: No such file"))
        #expect(error.errno == 2)
    }

    @Test func `gets what the sandbox needs in front of it`() throws {
        let scratch = try ScratchDirectory()
        let file = try scratch.write(Array(#"{"defaultAction": "SCMP_ACT_ALLOW"}"#.utf8), to: "allow.json")
        let filter = try #require(
            try FilterCompiler(cacheDirectory: nil).compile(.file(FilePath(file)), options: .everything)
        )
        let emulator = BPFEmulator(filter.program)
        let cases: [(String, [UInt64], SeccompAction)] = [
            ("fchmod", [3, 0o4755], .errno(1)), ("fchmod", [3, 0o755], .allow), ("openat2", [], .errno(38)),
            ("io_uring_setup", [], .errno(38)), ("prlimit64", [0, 4, 1], .errno(1)), ("mount", [], .allow),
        ]
        for (call, arguments, action) in cases {
            let returned = try emulator.run(try number(call), arch: NativeABI.auditArch, arguments)
            #expect(returned == action.returnValue, "\(call)")
        }
        #expect(try emulator.run(15, arch: 0x4000_0003, []) == SeccompAction.errno(38).returnValue)
    }
}
