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

    /// The size of every machine: one CPU, and this much memory, bytes.
    static let memory = 256 << 20

    /// A look for one machine: what was found, and the header's word on how it is run.
    typealias Look = (finding: Finding, word: String?)

    /// What was found, and the header's words on how machines are run, one for each that is.
    func all(wanted: (String) -> Bool) -> (findings: [Finding], facts: [BenchReport.Fact]) {
        let guest = Guest { () throws(MachineProblem) in
            try MachineImage(kernel: kernel, initrd: initrd, scratch: scratch)
        }
        let known: [(id: String, look: (Guest) -> Look)] = [
            ("qemu", qemu), ("firecracker", firecracker), ("cloud-hypervisor", cloudHypervisor),
        ]
        var findings: [Finding] = []
        var facts: [BenchReport.Fact] = []
        for machine in known where wanted(machine.id) {
            let (finding, word) = machine.look(guest)
            findings.append(finding)
            if let word { facts.append(.init(Self.factName(machine.id), word)) }
        }
        return (findings, facts)
    }

    /// What the header calls the fact of a machine.
    static func factName(_ id: String) -> String { id == "qemu" ? "QEMU" : id }

    var kvm: KVMProbe { KVMProbe(runner: runner, device: device, limit: probe) }

    /// What is said in the header where Ctrl-C came before it was known.
    static let unknown = "the bench was ended before it was known whether KVM works"
}
