import IsorunModel
import IsorunPlanning
import IsorunReporting
import SystemPackage
import Testing

private let specs: [Ask] = [
    { _ in },
    { $0.filesystem.volumes = [VolumeSpec(source: "/data", destination: "/d", writable: true)] },
    { $0.filesystem.tmpfs = [TmpfsSpec(destination: "/s", size: nil)] },
    { $0.filesystem.readOnly = true },
    { $0.filesystem.rootfs = .directory("/data") },
    { $0.streams.terminal = true },
    { $0.process.initProcess = false },
    { $0.network = .host },
    { $0.untrusted = true },
]

@Suite struct `The steps of every plan` {
    private func steps(_ ask: (inout JobSpec) -> Void) throws -> [SetupStep] { try plan(ask).setup }

    @Test(arguments: specs.indices) func `end with the filter and execve`(index: Int) throws {
        let steps = try steps(specs[index])
        #expect(Array(steps.suffix(2)) == [.seccomp, .execute("true")])
        #expect(steps.count { if case .execute = $0 { true } else { false } } == 1)
    }

    @Test(arguments: specs.indices) func `put every mount in place before the pivot`(index: Int) throws {
        let steps = try steps(specs[index])
        let pivot = try #require(steps.firstIndex(of: .pivot))
        let mounts = steps.indices.filter { index in
            switch steps[index] {
            case .place, .pseudo, .device, .deviceLink, .deviceDirectory, .readOnly, .mask: true
            default: false
            }
        }
        #expect(mounts.allSatisfy { $0 < pivot })
        #expect(mounts.first.map { steps[$0] } == .place("/"))
    }

    @Test(arguments: specs.indices) func `end propagation before the first mount`(index: Int) throws {
        let steps = try steps(specs[index])
        let first = try #require(steps.firstIndex(of: .place("/")))
        #expect(try #require(steps.firstIndex(of: .privateMounts)) < first)
    }

    @Test(arguments: specs.indices) func `limit, then take credentials, then filter`(index: Int) throws {
        let steps = try steps(specs[index])
        let order = [steps.firstIndex(of: .pivot), steps.firstIndex(of: .limits), steps.firstIndex(of: .credentials)]
        let ranks = order.compactMap { $0 } + [steps.firstIndex(of: .seccomp) ?? -1]
        #expect(ranks.count == 4 && ranks == ranks.sorted())
    }

    @Test(arguments: specs.indices) func `cover proc and sys after these are mounted`(index: Int) throws {
        let steps = try steps(specs[index])
        let proc = try #require(steps.firstIndex(of: .pseudo(type: "proc", path: "/proc", options: [])))
        let own = steps.firstIndex(of: .pseudo(type: "sysfs", path: "/sys", options: ["ro"]))
        let sys = try #require(own ?? steps.firstIndex(of: .hostTree("/sys")))
        #expect(try #require(steps.firstIndex(of: .mask("/proc/kcore"))) > proc)
        #expect(try #require(steps.firstIndex(of: .readOnly("/proc/sys"))) > proc)
        #expect(try #require(steps.firstIndex(of: .mask("/sys/firmware"))) > sys)
    }

    @Test func `are those that were asked for`() throws {
        #expect(try steps { $0.filesystem.readOnly = true }.contains(.sealRoot))
        #expect(try steps { $0.streams.terminal = true }.contains(.terminal))
        #expect(try !steps { $0.process.initProcess = false }.contains(.becomeInit))
        #expect(try !steps { $0.network = .host }.contains(.loopback))
        #expect(try steps { $0.process.user.uid = 7 }.contains(.lowPorts))
        #expect(try steps { $0.untrusted = true }.contains(.lowPorts))
        #expect(try !steps { _ in }.contains(.lowPorts))
        #expect(
            try !steps {
                $0.process.user.uid = 7; $0.network = .host
            }.contains(.lowPorts)
        )
        #expect(try !plan { $0.network = .host }.namespaces.contains(.network))
        #expect(try plan(facts: { $0.oomScoreAdjustment = -500 }).setup.contains(.oomScore))
        #expect(try !steps { _ in }.contains(.oomScore))
    }
}

@Suite struct `The plan on paper` {
    @Test(arguments: [
        ("hybrid", Hosts.hybrid), ("unified", Hosts.unified), ("subordinate", Hosts.subordinate),
        ("single", Hosts.single),
    ])
    func `is the same as before on each host`(name: String, host: HostFacts) throws {
        try expectSnapshot(PlanText.render(plan(on: host)), "\(name).txt")
        try expectSnapshot(PlanDocument.page(plan(on: host)), "\(name).json")
    }

    @Test func `tells everything that can be asked for`() throws {
        let everything = try plan(on: Hosts.bare, ask)
        try expectSnapshot(PlanText.render(everything), "everything.txt")
        try expectSnapshot(PlanDocument.page(everything), "everything.json")
    }

    private func ask(_ spec: inout JobSpec) {
        spec.command = ["/bin/sh", "-c", "echo 'it' $HOME"]
        spec.filesystem.volumes = [
            VolumeSpec(source: "/data", destination: "/d", writable: true),
            VolumeSpec(source: "/data/file", destination: "/etc/x", writable: false),
        ]
        spec.filesystem.tmpfs = [TmpfsSpec(destination: "/scratch", size: ByteCount(1 << 20))]
        spec.filesystem.masks = ["/opt/secret"]
        spec.filesystem.readOnly = true
        spec.limits.cpus = 0.5
        spec.limits.cpuTime = .seconds(90)
        spec.limits.cpuset = CPUSet(cpus: [0, 1])
        spec.limits.io = [IOLimit(device: "/dev/sda", direction: .write, bytesPerSecond: ByteCount(1 << 20))]
        spec.limits.rlimits = [Rlimit(.stack, soft: 1 << 20, hard: .max)]
        spec.limits.oom = .process
        spec.process.capAdd = ["SYS_PTRACE"]
        spec.process.capDrop = ["NET_RAW"]
        spec.process.seccomp = .file("/etc/profile.json")
        spec.streams.interactive = true
        spec.allowUnenforced = .all
    }

    @Test func `holds no control character of an argument or a path`() throws {
        let hostile = try plan(facts: { $0.caller.project = "/home/ann/\u{1B}[2J" }) {
            $0.command = ["\u{1B}]0;x\u{7}", "a\nb\u{202E}"]
            $0.name = "\u{9B}1m"
            $0.process.environment = [variable("X", "\u{1B}c\n")]
            $0.filesystem.masks = ["/a\u{7F}\r"]
        }
        let text = PlanText.render(hostile)
        let controls = text.unicodeScalars.filter { $0 != "\n" && ($0.value < 0x20 || 0x7F..<0xA0 ~= $0.value) }
        #expect(controls.isEmpty)
        #expect(!text.contains("\u{202E}") && !text.contains("\nb"))
        let reread = try JSON(parsing: Array(PlanDocument.page(hostile).utf8))
        #expect(reread["process"]?["args"]?.array?.last?.string == "a\nb\u{202E}")
    }
}
