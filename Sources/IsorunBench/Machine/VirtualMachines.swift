internal import Glibc
internal import IsorunModel

/// The virtual machines that can be compared to a container.
struct VirtualMachines {
    let host: HostView
    let scratch: Scratch
    let runner: Runner
    let kernel: String?
    let initrd: String?
    /// How long a probe of KVM may take.
    var probe = Duration.seconds(6)
    /// The device of KVM.
    var device = "/dev/kvm"

    /// The ids that `all` knows.
    static let ids = ["qemu", "firecracker", "cloud-hypervisor"]

    /// What was found, and the header's word on how machines are run.
    func all(wanted: (String) -> Bool) -> (findings: [Finding], fact: BenchReport.Fact?) {
        var findings: [Finding] = []
        var fact: BenchReport.Fact?
        if wanted("qemu") {
            let (finding, word) = qemu()
            findings.append(finding)
            fact = word.map { .init("VM", $0) }
        }
        if wanted("firecracker") { findings.append(needsKVM("firecracker", "firecracker")) }
        if wanted("cloud-hypervisor") { findings.append(needsKVM("cloud-hypervisor", "cloud-hypervisor")) }
        return (findings, fact)
    }

    private func qemu() -> (Finding, String?) {
        let name = "QEMU microvm"
        guard let program = host.find("qemu-system-x86_64") else {
            let help = "apt-get install --no-install-recommends qemu-system-x86"
            return (.missing("qemu", name, "qemu-system-x86_64 is not in PATH", help: help), nil)
        }
        #if !arch(x86_64)
        return (.missing("qemu", name, "the microvm machine is one of x86-64, and this host is none"), nil)
        #else
        do throws(MachineProblem) {
            let image = try MachineImage(kernel: kernel, initrd: initrd, host: host, scratch: scratch)
            guard !runner.isInterrupted, let accelerator = accelerator(program, image) else {
                return (.interrupted("qemu", name), "the bench was ended before it was known whether KVM works")
            }
            let subject = machine(program, image, accelerator.name)
            return (.found(subject), "\(accelerator.name.uppercased()): \(accelerator.reason)")
        } catch {
            return (.missing("qemu", name, error.reason, help: error.help), nil)
        }
        #endif
    }

    private func machine(_ program: String, _ image: MachineImage, _ accelerator: String) -> Subject {
        func command(_ mode: StandIn.Mode) -> [String] {
            [
                program, "-nodefaults", "-no-user-config", "-machine", "microvm,accel=\(accelerator)", "-cpu", "max",
                "-smp", "1", "-m", "256", "-no-reboot", "-display", "none", "-serial", "stdio",
                "-kernel", image.kernel, "-initrd", image.initrd, "-append",
                commandLine(accelerator) + " -- \(mode.rawValue)",
            ]
        }
        return Subject(
            id: "qemu",
            name: "QEMU microvm, \(accelerator.uppercased())",
            command: command(.machine),
            idleCommand: command(.wait),
            limits: "256 MiB, 1 CPU: the machine's own size",
            note: accelerator == "tcg"
                ? "emulated, not virtualised: KVM would be several times faster" : "virtualised by KVM",
            ownClock: true
        )
    }

    /// As little as a kernel can be told to do: nothing is printed but the first word of its set-up code.
    private func commandLine(_ accelerator: String) -> String {
        var words = ["console=ttyS0", "loglevel=0", "panic=-1", "reboot=t", "rdinit=/\(Initramfs.entry)"]
        // A guest that is emulated measures its time stamp counter against a slow clock and can fail at it on a busy
        // host. It reads the host's own counter, whose rate the host shows where it does not scale its frequency.
        if accelerator == "tcg", let rate = Self.kilohertz { words.append("tsc_early_khz=\(rate)") }
        return words.joined(separator: " ")
    }

    private static var kilohertz: Int? {
        guard unsafe access("/sys/devices/system/cpu/cpu0/cpufreq", F_OK) != 0 else { return nil }
        return HostView.value("/proc/cpuinfo", "cpu MHz").flatMap(Double.init).map { Int($0 * 1000) }
    }

    /// KVM only where a kernel really boots with it in time: the device can be there, be opened, and hang.
    ///
    /// nil where Ctrl-C came before that was known.
    private func accelerator(_ program: String, _ image: MachineImage) -> (name: String, reason: String)? {
        guard unsafe access(device, R_OK | W_OK) == 0 else {
            return ("tcg", errno == ENOENT ? "emulated, there is no \(device)" : "emulated, \(device) cannot be opened")
        }
        var judge = ClockJudge()
        // Two of them, as only the second shows whether the guest's clock moves.
        for _ in 0..<2 {
            let run = runner.run(machine(program, image, "kvm").command, within: probe)
            guard run.ending != .interrupted else { return nil }
            if let problem = problem(of: run, &judge) {
                return ("tcg", "emulated, as a probe of \(device) did not boot (\(problem))")
            }
        }
        return ("kvm", "virtualised, a probe booted")
    }

    private func problem(of run: ProgramRun, _ judge: inout ClockJudge) -> String? {
        if let problem = run.problem(after: probe) { return problem }
        do throws(ClockJudge.Doubt) {
            _ = try judge.instant(of: run, ownClock: true)
            return nil
        } catch {
            return error.text
        }
    }

    private func needsKVM(_ id: String, _ name: String) -> Finding {
        guard host.find(id) != nil else {
            return .missing(id, name, "\(id) is not in PATH", help: "a release of it, and KVM, which it needs")
        }
        return .missing(id, name, "it is here, and this version of the bench has no command line for it")
    }
}
