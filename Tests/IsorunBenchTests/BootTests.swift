#if arch(x86_64)
import IsorunReporting
import Testing

@testable import IsorunBench

/// What machines are given, started by QEMU's emulation in their place: it needs no KVM, and has the devices that the
/// guest ends them by.
@Suite(
    .enabled(if: HostView(path: "/usr/bin:/bin").find("qemu-system-x86_64") != nil, "QEMU is not installed"),
    .enabled(if: MachineImage.kernel() != nil, "no kernel in /boot, nor in the cache of Harness/VM")
)
struct `The kernel that comes unpacked` {
    private let scratch: Scratch
    private let image: MachineImage

    init() throws {
        scratch = try Scratch()
        image = try MachineImage(kernel: nil, initrd: nil, scratch: scratch).unpacked()
    }

    /// One run of a machine with these words for its kernel.
    private func boot(_ machine: [String], _ words: String) throws -> BenchRow {
        var words = words
        // An emulated guest can fail to measure its clock on a busy host.
        let emulated = KernelWords.qemu(emulated: true, .end).split(separator: " ")
        if let rate = emulated.first(where: { $0.hasPrefix("tsc_early_khz") }) { words = "\(rate) \(words)" }
        let command =
            ["qemu-system-x86_64", "-nodefaults", "-no-user-config", "-cpu", "max", "-smp", "1", "-m", "256"]
            + ["-display", "none", "-serial", "stdio", "-kernel", image.kernel, "-initrd", image.initrd]
            + machine + ["-append", words]
        let runner = Runner(environment: ["PATH=/usr/bin:/bin"], directory: scratch.path)
        let subject = Subject(id: "q", name: "q", command: command, limits: "", ownClock: true)
        var series = StartSeries(subject, wanted: 1, limit: .seconds(120))
        series.note(runner.run(command, within: .seconds(120)))
        return series.row
    }

    @Test func `says when it starts, and ends by the keyboard controller as Firecracker's does`() throws {
        let source = Firecracker(program: "", image: image).configuration(.machine)["boot-source"]
        let words = try #require(source?["boot_args"]?.string)
        let row = try boot(["-machine", "pc,acpi=off,accel=tcg", "-no-reboot"], words)
        #expect(row.failure == nil && row.isMeasured && row.phases.count == 3)
    }

    @Test func `says when it starts, and powers off by ACPI as Cloud Hypervisor's does`() throws {
        let row = try boot(["-machine", "microvm,acpi=on,accel=tcg"], KernelWords.cloudHypervisor(.powerOff))
        #expect(row.failure == nil && row.isMeasured && row.phases.count == 3)
    }
}
#endif
