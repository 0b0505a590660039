import Glibc
import IsorunModel
import IsorunReporting
import Testing

@testable import IsorunBench

/// Firecracker and Cloud Hypervisor as scripts, which insist on what the real ones do.
@Suite struct `A machine that is KVM's or none` {
    private let scratch: Scratch
    private let runner: Runner

    init() throws {
        scratch = try Scratch()
        runner = Runner(environment: ["PATH=/usr/bin:/bin"], directory: scratch.path)
        try scratch.makeDirectory("bin")
        try scratch.write("bzImage", PackedKernel.bzImage(PackedKernel.payload(PackedKernel.kernel, .xz)))
    }

    static let ids = ["firecracker", "cloud-hypervisor"]

    /// What reads the command line of the real one, and goes on with `$kernel` and `$words`.
    private static let reading = [
        "firecracker": """
        [ "$1 $2 $4 $5" = '--no-api --config-file --level Error' ] || { echo "arguments: $*" >&2; exit 153; }
        value() { sed -n 's/.*"'$1'":"\\([^"]*\\)".*/\\1/p' "$file"; }
        file=$3 kernel=$(file=$3; value kernel_image_path) initrd=$(file=$3; value initrd_path)
        words=$(value boot_args)
        grep -q '"drives": \\[\\]' "$file" || { echo 'missing field `drives`' >&2; exit 1; }
        """,
        "cloud-hypervisor": """
        while [ $# -gt 0 ]; do
          case $1 in
            --kernel) kernel=$2 ;; --initramfs) initrd=$2 ;; --cmdline) words=$2 ;;
            --cpus | --memory | --serial | --console) ;;
            *) echo "unexpected argument '$1' found" >&2; exit 2 ;;
          esac
          shift 2
        done
        """,
    ]

    /// Boots as a machine does that is given a kernel and an initramfs.
    private static let boot = """
        head -c 4 "$kernel" | grep -q ELF || { echo 'Invalid ELF magic number' >&2; exit 148; }
        head -c 6 "$initrd" | grep -q 070701 || exit 149
        echo '[    0.000000] Linux version'
        echo >>told
        printf 'isorun-clock %016x\\r\\n' "$(stat -c %s told)"
        """

    private func machines(
        kernel: String? = nil,
        device: String = "/dev/null",
        probe: Duration = .seconds(20),
        interrupt: Int32 = -1
    ) -> VirtualMachines {
        VirtualMachines(
            host: HostView(path: scratch.path("bin")),
            scratch: scratch,
            runner: interrupt < 0
                ? runner : Runner(environment: runner.environment, directory: scratch.path, interrupt: interrupt),
            kernel: kernel ?? scratch.path("bzImage"),
            initrd: nil,
            probe: probe,
            device: device
        )
    }

    private func look(
        _ id: String,
        _ script: String?,
        kernel: String? = nil,
        device: String = "/dev/null",
        probe: Duration = .seconds(20),
        interrupt: Int32 = -1
    ) throws -> (finding: Finding, facts: [BenchReport.Fact]) {
        if let script { try scratch.write("bin/\(id)", Array("#!/bin/sh\n\(script)\n".utf8), mode: 0o755) }
        let machines = machines(kernel: kernel, device: device, probe: probe, interrupt: interrupt)
        let (findings, facts) = machines.all { $0 == id }
        return (try #require(findings.first), facts)
    }

    private func failure(_ finding: Finding) throws -> BenchRow.Failure {
        guard case .missing(let row) = finding else { throw Taken() }
        return try #require(row.failure)
    }

    private struct Taken: Error {}

    @Test(arguments: ids) func `is measured where it boots, with its start split`(id: String) throws {
        let (finding, facts) = try look(id, #require(Self.reading[id]) + "\n" + Self.boot)
        let subject = try #require(finding.subject, "\(finding)")
        #expect(facts == [.init(id, "KVM: virtualised, a probe booted")])
        #expect(subject.limits == "256 MiB, 1 CPU: the machine's own size")
        var series = StartSeries(subject, wanted: 3, limit: .seconds(20))
        while !series.isDone { series.note(runner.run(subject.command, within: .seconds(20))) }
        #expect(series.row.failure == nil && series.row.measures.map(\.samples.count) == [3, 3])
        #expect(series.row.phases.map(\.name) == ["VMM start", "kernel", "init and end"])
        // The idle one is the same machine, whose init stays.
        let idle = try #require(subject.idleCommand)
        #expect(runner.run(idle, within: .seconds(20)).clock != nil)
    }

    @Test(arguments: ids) func `that hangs is told with what KVM's probe said`(id: String) throws {
        let (reason, limit) = try patiently { limit in
            let (finding, facts) = try look(id, "echo booting\nexec sleep 1000", probe: limit)
            #expect(facts.isEmpty)
            return try failure(finding).reason
        } until: {
            $0.contains("booting")
        }
        let hung = "it hung: no end within \(limit.text): booting"
        #expect(reason == "it runs by KVM only, and a probe of /dev/null did not boot (\(hung))")
    }

    @Test(arguments: ids) func `that prints garbage is told with it`(id: String) throws {
        let reason = try failure(look(id, "echo no machine").finding).reason
        #expect(reason.contains("did not boot (no word of the stand-in: it printed something else: no machine"))
    }

    @Test(arguments: ids) func `that fails is told with its exit code and last words`(id: String) throws {
        let reason = try failure(look(id, "echo 'Error: CreateVm' >&2; exit 1").finding).reason
        #expect(reason.contains("did not boot (exit code 1: Error: CreateVm)"))
    }

    @Test(arguments: ids) func `whose clock stands still is told`(id: String) throws {
        let reason = try failure(look(id, "echo kernel; echo isorun-clock 0000000000000007").finding).reason
        #expect(reason.contains("did not boot (its clock stands still"))
    }

    @Test(arguments: ids) func `that is not here says where it comes from`(id: String) throws {
        let (finding, facts) = try look(id, nil)
        let failure = try failure(finding)
        #expect(failure.reason == "\(id) is not in PATH" && facts.isEmpty)
        #expect(failure.help?.contains("/\(id), as Debian has no package; it needs KVM") == true)
    }

    @Test(arguments: ids) func `says that there is no KVM, and unpacks no kernel for it`(id: String) throws {
        let (finding, facts) = try look(id, "echo started >started", device: "/nowhere/kvm")
        let failure = try failure(finding)
        #expect(failure.reason == "it runs by KVM only, and there is no /nowhere/kvm" && facts.isEmpty)
        #expect(failure.help?.contains("modprobe") == true)
        for name in ["kernel-unpacked", "started"] { #expect(unsafe access(scratch.path(name), F_OK) != 0) }
    }

    @Test(arguments: ids) func `says what is wrong with a kernel that is none`(id: String) throws {
        try scratch.write("text", Array("no kernel".utf8))
        let reason = try failure(look(id, "exit 0", kernel: scratch.path("text")).finding).reason
        #expect(reason == "\(scratch.path("text")): it is neither a bzImage nor a vmlinux")
    }

    @Test(arguments: ids) func `takes a kernel that comes unpacked as it is`(id: String) throws {
        try scratch.write("vmlinux", PackedKernel.kernel)
        let (finding, _) = try look(
            id,
            #require(Self.reading[id]) + "\n[ $kernel = \(scratch.path("vmlinux")) ] || exit 3\n" + Self.boot,
            kernel: scratch.path("vmlinux")
        )
        #expect(finding.subject != nil, "\(finding)")
    }

    @Test(arguments: ids) func `is not judged where Ctrl-C came while it was asked`(id: String) throws {
        var pipes: [Int32] = [0, 0]
        try #require(unsafe pipe(&pipes) == 0)
        defer { close(pipes[0]) }
        close(pipes[1])
        let (finding, facts) = try look(id, "exec sleep 1000", interrupt: pipes[0])
        #expect(try failure(finding).reason == "the bench was ended before it was known whether it works here")
        #expect(facts == [.init(id, VirtualMachines.unknown)])
    }

    @Test func `stands in the header beside one that is emulated`() throws {
        try scratch.write("bin/qemu-system-x86_64", Array("#!/bin/sh\nexit 9\n".utf8), mode: 0o755)
        for id in Self.ids {
            let script = try "#!/bin/sh\n" + #require(Self.reading[id]) + "\n" + Self.boot + "\n"
            try scratch.write("bin/\(id)", Array(script.utf8), mode: 0o755)
        }
        let (findings, facts) = machines().all { _ in true }
        #expect(facts.map(\.name) == ["QEMU", "firecracker", "cloud-hypervisor"])
        #expect(facts.map { String($0.value.prefix(3)) } == ["TCG", "KVM", "KVM"])
        #expect(findings.compactMap(\.subject).map(\.id) == VirtualMachines.ids)
        var old = BenchReport(kind: "startup", startedAt: "", host: facts)
        old.host[1].value = "KVM: otherwise"
        let new = BenchReport(kind: "startup", startedAt: "", host: facts)
        let warnings = Comparison(new, to: old, tolerance: 0.1).warnings
        #expect(warnings == ["firecracker was KVM: otherwise and is \(facts[1].value)"])
    }
}

@Suite struct `What a machine is told` {
    private let image: MachineImage

    init() throws {
        let scratch = try Scratch()
        image = try MachineImage(kernel: "/k", initrd: nil, scratch: scratch)
    }

    @Test func `by Firecracker's command line and file`() throws {
        let machine = Firecracker(program: "/bin/fc", image: image)
        #expect(
            machine.command(configuration: "/c") == ["/bin/fc", "--no-api", "--config-file", "/c", "--level", "Error"]
        )
        let words = try #require(machine.configuration(.machine)["boot-source"]?["boot_args"]?.string)
        // A restart by the keyboard controller is the only end that it knows.
        #expect(words.contains(" reboot=k ") && words.hasSuffix(" rdinit=/isorun-init -- machine"))
        #expect(
            machine.configuration(.machine).line
                == #"{"boot-source":{"kernel_image_path":"/k","initrd_path":"\#(image.initrd)","boot_args":"\#(words)"},"#
                + #""machine-config":{"vcpu_count":1,"mem_size_mib":256},"drives":[]}"#
        )
        #expect(machine.configuration(.wait).line.contains(#"-- wait""#))
    }

    @Test func `by Cloud Hypervisor's command line`() throws {
        let command = CloudHypervisor(program: "/bin/ch", image: image).command(.powerOff)
        let words = command[6]
        // A restart would start it again.
        #expect(words.hasSuffix(" rdinit=/isorun-init -- poweroff") && !words.contains("reboot="))
        #expect(
            command == [
                "/bin/ch", "--kernel", "/k", "--initramfs", image.initrd, "--cmdline", words, "--cpus", "boot=1",
                "--memory", "size=256M", "--serial", "tty", "--console", "off",
            ]
        )
    }

    @Test func `of a kernel that comes unpacked lets its banner through, and nothing behind it`() {
        #if arch(x86_64)
        #expect(KernelWords.firecracker(.wait).hasPrefix("console=ttyS0 loglevel=6 earlyprintk=ttyS0 loglevel=0 "))
        #endif
        #expect(!KernelWords.qemu(emulated: false, .machine).contains("tsc_early_khz"))
    }

    @Test func `has no part of its own for a kernel that says nothing`() throws {
        let scratch = try Scratch()
        let runner = Runner(environment: ["PATH=/usr/bin:/bin"], directory: scratch.path)
        let script = "echo >>told; printf 'isorun-clock %016x\\n' $(stat -c %s told)"
        let subject = Subject(id: "f", name: "f", command: ["sh", "-c", script], limits: "", ownClock: true)
        var series = StartSeries(subject, wanted: 2, limit: .seconds(20))
        while !series.isDone { series.note(runner.run(subject.command, within: .seconds(20))) }
        #expect(series.row.failure == nil && series.row.isMeasured && series.row.phases.isEmpty)
    }
}
