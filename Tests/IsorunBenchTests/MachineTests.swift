import Glibc
import IsorunModel
import IsorunReporting
import Testing

@testable import IsorunBench

@Suite struct `The virtual machine` {
    private let scratch: Scratch
    private let runner: Runner

    init() throws {
        scratch = try Scratch()
        runner = Runner(environment: ["PATH=/usr/bin:/bin"], directory: scratch.path)
        try scratch.makeDirectory("bin")
        try scratch.write("kernel", Array("no kernel".utf8))
    }

    /// Machines whose probe may take that long: as long as a busy host needs, where it ends by itself.
    private func machines(_ path: String, kernel: String?, probe: Duration = .seconds(20)) -> VirtualMachines {
        VirtualMachines(
            host: HostView(path: path),
            scratch: scratch,
            runner: runner,
            kernel: kernel,
            initrd: nil,
            probe: probe,
            device: "/dev/null"
        )
    }

    @Test(arguments: ["0000000000000001", "0000001234567890"])
    func `is not taken for one of KVM where its clock does not move`(digits: String) throws {
        let script = "#!/bin/sh\necho x; echo isorun-clock \(digits)\n"
        try scratch.write("bin/qemu-system-x86_64", Array(script.utf8), mode: 0o755)
        let (_, facts) = machines(scratch.path("bin"), kernel: scratch.path("kernel")).all { $0 == "qemu" }
        let word = try #require(facts.first?.value)
        #expect(word.hasPrefix("TCG: emulated, as a probe of /dev/null did not boot (its clock"), "\(word)")
    }

    @Test func `that says its word and fails is not taken for one that boots`() throws {
        let script = "#!/bin/sh\necho isorun-clock 0000000000000009; exit 3\n"
        try scratch.write("bin/qemu-system-x86_64", Array(script.utf8), mode: 0o755)
        let (_, facts) = machines(scratch.path("bin"), kernel: scratch.path("kernel")).all { $0 == "qemu" }
        #expect(facts.first?.value.contains("did not boot (exit code 3") == true)
    }

    @Test func `is not told to be an emulated one where Ctrl-C ended the probe`() throws {
        var pipes: [Int32] = [0, 0]
        try #require(unsafe pipe(&pipes) == 0)
        defer { close(pipes[0]) }
        close(pipes[1])
        let script = "#!/bin/sh\nexec sleep 1000\n"
        try scratch.write("bin/qemu-system-x86_64", Array(script.utf8), mode: 0o755)
        let machines = VirtualMachines(
            host: HostView(path: scratch.path("bin")),
            scratch: scratch,
            runner: Runner(environment: ["PATH=/usr/bin:/bin"], directory: scratch.path, interrupt: pipes[0]),
            kernel: scratch.path("kernel"),
            initrd: nil,
            device: "/dev/null"
        )
        let (findings, facts) = machines.all { $0 == "qemu" }
        guard case .missing(let row) = try #require(findings.first) else {
            Issue.record("a machine was found")
            return
        }
        #expect(row.failure?.reason == "the bench was ended before it was known whether it works here")
        #expect(facts.first?.value == "the bench was ended before it was known whether KVM works")
    }

    @Test func `without QEMU says what to install`() throws {
        let (findings, facts) = machines("/nowhere", kernel: nil).all { _ in true }
        let rows = findings.compactMap { finding in if case .missing(let row) = finding { row } else { nil } }
        #expect(rows.map(\.id) == VirtualMachines.ids)
        #expect(rows[0].failure?.help?.contains("qemu-system-x86") == true)
        #expect(facts.isEmpty)
    }

    @Test func `that never boots is told as one that hung, with the end of its console`() throws {
        let script = "#!/bin/sh\necho 'Probing EDD'; exec sleep 1000\n"
        try scratch.write("bin/qemu-system-x86_64", Array(script.utf8), mode: 0o755)
        let machines = machines(scratch.path("bin"), kernel: scratch.path("kernel"), probe: .milliseconds(200))
        let (findings, facts) = machines.all { $0 == "qemu" }
        guard case .found(let subject) = try #require(findings.first) else {
            Issue.record("the fake was not taken for QEMU")
            return
        }
        // KVM is not believed in where nothing boots with it.
        #expect(facts.first?.value.hasPrefix("TCG") == true && subject.name.contains("TCG"))
        let (reason, limit) = try patiently { limit in
            var series = StartSeries(subject, wanted: 3, limit: limit)
            while !series.isDone { series.note(runner.run(subject.command, within: limit)) }
            return try #require(series.row.failure).reason
        } until: {
            $0.contains("Probing")
        }
        #expect(reason == "it hung: no end within \(limit.text): Probing EDD")
    }

    @Test func `unpacks an archive in which the console and the stand-in are`() throws {
        let program = StandIn.program
        let entries = try Archive(Initramfs.archive(program)).entries
        #expect(entries.map(\.name) == ["dev", "dev/console", "isorun-init", "TRAILER!!!"])
        #expect(entries[1].mode == 0o020600 && entries[1].device == [5, 1])
        #expect(entries[2].mode == 0o100755 && entries[2].contents == program)
    }

    @Test func `gets the user's own archive first, and ours on top of it`() throws {
        try scratch.write("own.img", Array("own".utf8))
        _ = try MachineImage(
            kernel: scratch.path("kernel"),
            initrd: scratch.path("own.img"),
            scratch: scratch
        )
        let bytes = try RegularFile.read(scratch.path("initrd.img"), limit: 1 << 20)
        #expect(bytes.starts(with: Array("own\0".utf8) + Array("070701".utf8)))
    }
}

/// A reader of the format that the kernel reads.
private struct Archive {
    struct Entry {
        var name: String
        var mode: Int
        var device: [Int]
        var contents: [UInt8]
    }
    var entries: [Entry] = []

    init(_ bytes: [UInt8]) throws {
        var at = 0
        while entries.last?.name != "TRAILER!!!" {
            try #require(bytes[at...].starts(with: "070701".utf8))
            let fields = try (0..<13).map { index in
                let start = at + 6 + 8 * index
                return try #require(Int(String(decoding: bytes[start..<start + 8], as: UTF8.self), radix: 16))
            }
            at += 110
            let name = String(decoding: bytes[at..<at + fields[11] - 1], as: UTF8.self)
            at = (at + fields[11] + 3) / 4 * 4
            entries.append(
                Entry(
                    name: name,
                    mode: fields[1],
                    device: [fields[9], fields[10]],
                    contents: Array(bytes[at..<at + fields[6]])
                )
            )
            at = (at + fields[6] + 3) / 4 * 4
        }
    }
}

@Suite struct `A runtime that is not here` {
    @Test func `has a row with the reason and what to install`() throws {
        let scratch = try Scratch()
        let host = HostView(path: "/nowhere")
        let runner = Runner(environment: [], directory: scratch.path)
        let runtimes = try Runtimes(host: host, scratch: scratch, isorun: "/nowhere/isorun", runner: runner)
        let findings = runtimes.all { _ in true }
        #expect(findings.count == Runtimes.ids.count)
        for finding in findings {
            guard case .missing(let row) = finding, row.id != "isorun-warm" else { continue }
            let failure = try #require(row.failure)
            #expect(failure.reason.hasSuffix("is not in PATH") && failure.help != nil)
        }
    }

    /// What is found of a docker that does this.
    private func docker(_ script: String, interrupt: Int32 = -1) throws -> Finding {
        let scratch = try Scratch()
        try scratch.makeDirectory("bin")
        try scratch.write("bin/docker", Array("#!/bin/sh\n\(script)\n".utf8), mode: 0o755)
        let runner = Runner(environment: ["PATH=/usr/bin:/bin"], directory: scratch.path, interrupt: interrupt)
        let host = HostView(path: scratch.path("bin"))
        return try Runtimes(host: host, scratch: scratch, isorun: "/nowhere/isorun", runner: runner).docker()
    }

    @Test func `such as docker without its daemon says so`() throws {
        guard case .missing(let row) = try docker("echo 'Cannot connect to the Docker daemon' >&2; exit 1") else {
            Issue.record("a docker without a daemon was taken for one")
            return
        }
        #expect(row.failure?.reason == "its daemon does not answer: exit code 1: Cannot connect to the Docker daemon")
        #expect(row.failure?.help == "start dockerd, as root")
    }

    @Test func `is told by its name where Ctrl-C came while it was asked`() throws {
        var pipes: [Int32] = [0, 0]
        try #require(unsafe pipe(&pipes) == 0)
        defer { close(pipes[0]) }
        close(pipes[1])
        guard case .missing(let row) = try docker("exec sleep 1000", interrupt: pipes[0]) else {
            Issue.record("a docker that was not heard out was taken for one")
            return
        }
        #expect(row.failure?.reason == "the bench was ended before it was known whether it works here")
    }
}
