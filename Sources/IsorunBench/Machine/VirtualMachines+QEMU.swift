internal import IsorunModel

extension VirtualMachines {
    /// A microvm of QEMU, by KVM or emulated.
    func qemu(_ guest: Guest) -> Look {
        let name = "QEMU microvm"
        guard let program = host.find("qemu-system-x86_64") else {
            let help = "apt-get install --no-install-recommends qemu-system-x86"
            return (.missing("qemu", name, "qemu-system-x86_64 is not in PATH", help: help), nil)
        }
        #if !arch(x86_64)
        return (.missing("qemu", name, "the microvm machine is one of x86-64, and this host is none"), nil)
        #else
        do throws(MachineProblem) {
            let image = try guest.packed.get()
            switch kvm.answer(of: Self.qemu(program, image, "kvm").command) {
            case .interrupted: return (.interrupted("qemu", name), Self.unknown)
            case .boots: return (.found(Self.qemu(program, image, "kvm")), "KVM: \(Self.virtualised)")
            case .fails(let reason, _):
                return (.found(Self.qemu(program, image, "tcg")), "TCG: emulated, as \(reason)")
            }
        } catch {
            return (.missing("qemu", name, error.reason, help: error.help), nil)
        }
        #endif
    }

    private static func qemu(_ program: String, _ image: MachineImage, _ accelerator: String) -> Subject {
        func command(_ mode: StandIn.Mode) -> [String] {
            [
                program, "-nodefaults", "-no-user-config", "-machine", "microvm,accel=\(accelerator)", "-cpu", "max",
                "-smp", "1", "-m", "\(memory >> 20)", "-no-reboot", "-display", "none", "-serial", "stdio",
                "-kernel", image.kernel, "-initrd", image.initrd, "-append",
                KernelWords.qemu(emulated: accelerator == "tcg", mode),
            ]
        }
        return Subject(
            id: "qemu",
            name: "QEMU microvm, \(accelerator.uppercased())",
            command: command(.machine),
            idleCommand: command(.wait),
            limits: size,
            note: accelerator == "tcg"
                ? "emulated, not virtualised: KVM would be several times faster" : "virtualised by KVM",
            ownClock: true
        )
    }
}
