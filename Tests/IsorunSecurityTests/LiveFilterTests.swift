import Foundation
import IsorunModel
@testable import IsorunSecurity
import Testing

/// The kernel's own verdict: a C program loads each filter and makes calls under it (`Harness/Probes/seccomp_probe.c`).
@Suite(
    .enabled(if: Probe.built != nil || Probe.compiler != nil, "no C compiler"),
    .enabled(if: !Probe.isFiltered, "another filter is in force here")
) struct `The kernel` {
    private static let cases: [(call: String, arguments: String, standard: String, strict: String, debug: String)] = [
        ("getpid", "", "ok", "ok", "ok"),
        ("mount", "", "-1", "notify", "-1"),
        ("unshare", ",0x10000000", "-1", "notify", "-1"),
        ("keyctl", ",0", "-1", "notify", "-1"),
        ("clone", ",0x10000011", "-1", "notify", "-1"),
        ("clone3", "", "-38", "-38", "-38"),
        ("io_uring_setup", ",1", "-38", "-38", "-38"),
        ("socket", ",1,1,0", "ok", "ok", "ok"),
        ("socket", ",38,5,0", "-97", "-97", "-97"),
        ("socket", ",40,1,0", "-97", "-97", "-97"),
        ("socket", ",16,3,12", "-97", "-97", "-97"),
        ("socket", ",2,10,0x300", "-97", "-97", "-97"),
        ("ioctl", ",0,0x100005412", "-1", "-1", "-1"),
        ("personality", ",0xffffffff", "ok", "ok", "ok"),
        ("personality", ",0x1000000", "-1", "-1", "ok"),
        ("flock", ",-1,2", "-9", "-1", "-9"),
        ("kcmp", ",0,0,99", "-3", "-1", "-3"),
        ("userfaultfd", ",0xffffffff", "-1", "notify", "-22"),
    ]

    @Test(arguments: SeccompProfileName.filtering)
    func `takes each filter and does what it says`(name: SeccompProfileName) throws {
        let probe = try Probe()
        let filter = try SeccompProfile.builtin(name).compiled()
        let calls = try Self.cases.map { "\(try number($0.call))\($0.arguments)" }
        let lines = try probe.run(filter, calls)
        try #require(lines.count == calls.count, "\(lines)")
        for (line, expected) in zip(lines, Self.cases) {
            let wanted = name == .strict ? expected.strict : name == .debug ? expected.debug : expected.standard
            switch wanted {
            case "ok": #expect(!line.hasPrefix("-") && !line.hasPrefix("notify"), "\(expected.call): \(line)")
            case "notify":
                let arch = String(NativeABI.auditArch, radix: 16)
                #expect(line == "notify \(try number(expected.call)) 0x\(arch)", "\(expected.call)")
            default: #expect(line == wanted, "\(expected.call)\(expected.arguments)")
            }
        }
    }

    @Test(arguments: SeccompProfileName.filtering)
    func `refuses set-ID bits and the core limit under the options`(name: SeccompProfileName) throws {
        let filter = try SeccompProfile.builtin(name, .everything).compiled()
        let calls = [
            "\(try number("fchmod")),-1,0o0", "\(try number("fchmod")),-1,\(0o4755)", "\(try number("openat2"))",
            "\(try number("prlimit64")),0,4,0,0", "\(try number("prlimit64")),0,4,1,0",
        ]
        #expect(try Probe().run(filter, calls) == ["-9", "-1", "-38", "0", "-1"])
    }

    #if arch(x86_64)
    @Test(arguments: SeccompProfileName.filtering)
    func `keeps i386 and x32 out`(name: SeccompProfileName) throws {
        // 20 and 39 are getpid; a kernel without i386 ends the process with SIGSEGV.
        let filter = try SeccompProfile.builtin(name).compiled()
        let x32 = try Probe().run(filter, ["x32:39"])
        let i386 = try Probe().run(filter, ["i386:20"])
        if name == .strict {
            #expect(x32 == ["notify \(39 | 0x4000_0000) 0xc000003e"])
            #expect(i386 == ["notify 20 0x40000003"] || i386 == ["signal 11"])
        } else {
            #expect(x32 == ["-38"])
            #expect(i386 == ["-38"] || i386 == ["signal 11"])
        }
    }
    #endif
}

/// The C program: compiled for one test, or where it lies built beside the tests, as in `Harness/VM`, that one.
private struct Probe {
    static let built = ["/proc/self/exe"].compactMap { try? FileManager.default.destinationOfSymbolicLink(atPath: $0) }
        .map { URL(filePath: $0).deletingLastPathComponent().appending(path: "seccomp_probe").path }
        .first { FileManager.default.isExecutableFile(atPath: $0) }
    static let compiler = ["/usr/bin/cc", "/usr/bin/gcc", "/usr/bin/clang"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }
    /// Of two filters the stricter answer counts, so that nothing is known of one.
    static let isFiltered =
        (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8))?
        .contains("Seccomp:\t2") ?? false
    let scratch: ScratchDirectory
    let program: String

    init() throws {
        scratch = try ScratchDirectory()
        if let built = Self.built {
            program = built
            return
        }
        program = scratch.path + "/probe"
        let tests = URL(filePath: #filePath).deletingLastPathComponent()
        let source = tests.appending(path: "../../Harness/Probes/seccomp_probe.c").path
        _ = try Self.output(of: try #require(Self.compiler), ["-O1", "-o", program, source])
    }

    func run(_ filter: CompiledFilter, _ calls: [String]) throws -> [String] {
        let file = try scratch.write(filter.program, to: "filter.bpf")
        let arguments = [file] + (filter.usesNotification ? ["-n"] : []) + calls
        return try Self.output(of: program, arguments).split(separator: "\n").map(String.init)
    }

    private static func output(of program: String, _ arguments: [String]) throws -> String {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        process.standardOutput = pipe
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
        return String(decoding: data, as: UTF8.self)
    }
}
