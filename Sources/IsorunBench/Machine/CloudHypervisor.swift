/// One machine of Cloud Hypervisor's, as its command line.
struct CloudHypervisor {
    let program: String
    let image: MachineImage

    /// It starts the machine again when the guest restarts, and ends when the guest powers off.
    func command(_ mode: StandIn.Mode) -> [String] {
        [
            program, "--kernel", image.kernel, "--initramfs", image.initrd, "--cmdline",
            KernelWords.cloudHypervisor(mode), "--cpus", "boot=1", "--memory", "size=\(VirtualMachines.memory >> 20)M",
            "--serial", "tty", "--console", "off",
        ]
    }
}
