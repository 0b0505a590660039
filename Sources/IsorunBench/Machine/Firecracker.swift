internal import IsorunReporting

/// One machine of Firecracker's, as its command line and its configuration (docs/getting-started.md of it).
struct Firecracker {
    let program: String
    let image: MachineImage

    /// Without its socket, so that it starts at once, and without its own words, which come before the guest's.
    func command(configuration: String) -> [String] {
        [program, "--no-api", "--config-file", configuration, "--level", "Error"]
    }

    /// No device but the console.
    ///
    /// It insists on a list of drives, and ends when the guest restarts.
    func configuration(_ mode: StandIn.Mode) -> JSON {
        let source: [JSON.Member] = [
            .init("kernel_image_path", .string(image.kernel)),
            .init("initrd_path", .string(image.initrd)),
            .init("boot_args", .string(KernelWords.firecracker(mode))),
        ]
        let machine: [JSON.Member] = [
            .init("vcpu_count", .whole(1)), .init("mem_size_mib", .whole(VirtualMachines.memory >> 20)),
        ]
        return .object([
            .init("boot-source", .object(source)), .init("machine-config", .object(machine)),
            .init("drives", .array([])),
        ])
    }
}
