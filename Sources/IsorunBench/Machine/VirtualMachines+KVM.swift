internal import IsorunReporting

/// The machines that are KVM's or none.
extension VirtualMachines {
    /// What the rows and the header say of them.
    static let virtualised = "virtualised, a probe booted"
    static let size = "\(memory >> 20) MiB, 1 CPU: the machine's own size"

    /// Firecracker, told all by a file.
    func firecracker(_ guest: Guest) -> Look {
        look("firecracker", of: "firecracker-microvm", guest) { program, image throws(MachineProblem) in
            let machine = Firecracker(program: program, image: image)
            func command(_ name: String, _ mode: StandIn.Mode) throws(MachineProblem) -> [String] {
                do {
                    try scratch.write(name, Array(machine.configuration(mode).page.utf8))
                } catch {
                    throw MachineProblem(error.description)
                }
                return machine.command(configuration: scratch.path(name))
            }
            return try Commands(
                one: command("firecracker.json", .machine),
                idle: command("firecracker-idle.json", .wait),
                file: machine.configuration(.machine).line
            )
        }
    }

    /// Cloud Hypervisor, told all by its command line.
    func cloudHypervisor(_ guest: Guest) -> Look {
        look("cloud-hypervisor", of: "cloud-hypervisor", guest) { program, image in
            let machine = CloudHypervisor(program: program, image: image)
            return Commands(one: machine.command(.powerOff), idle: machine.command(.wait))
        }
    }

    private struct Commands {
        var one: [String]
        var idle: [String]
        /// What the file says that the command line names.
        var file: String?
    }

    private func look(
        _ id: String,
        of owner: String,
        _ guest: Guest,
        _ commands: (String, MachineImage) throws(MachineProblem) -> Commands
    ) -> Look {
        guard let program = host.find(id) else {
            let help = "a release of github.com/\(owner)/\(id), as Debian has no package; it needs KVM"
            return (.missing(id, id, "\(id) is not in PATH", help: help), nil)
        }
        do throws(MachineProblem) {
            // Before the kernel is unpacked for nothing.
            if case .fails(let reason, let help) = kvm.refusal { throw Self.needsKVM(reason, help) }
            let commands = try commands(program, guest.unpacked.get())
            switch kvm.answer(of: commands.one) {
            case .interrupted: return (.interrupted(id), Self.unknown)
            case .fails(let reason, let help): throw Self.needsKVM(reason, help)
            case .boots:
                let subject = Subject(
                    id: id,
                    name: id,
                    command: commands.one,
                    idleCommand: commands.idle,
                    limits: Self.size,
                    note: "virtualised by KVM; its kernel comes unpacked, QEMU's unpacks itself"
                        + (commands.file.map { "; its file: \($0)" } ?? ""),
                    ownClock: true
                )
                return (.found(subject), "KVM: \(Self.virtualised)")
            }
        } catch {
            return (.missing(id, id, error.reason, help: error.help), nil)
        }
    }

    private static func needsKVM(_ reason: String, _ help: String?) -> MachineProblem {
        MachineProblem("it runs by KVM only, and \(reason)", help: help)
    }
}
