internal import Glibc
internal import IsorunReporting

/// The kernel and the initramfs that a virtual machine boots.
struct MachineImage {
    private(set) var kernel: String
    let initrd: String
    private let scratch: Scratch

    /// Makes the initramfs, behind the user's own where there is one.
    init(kernel: String?, initrd: String?, scratch: Scratch) throws(MachineProblem) {
        guard let found = kernel ?? Self.kernel() else {
            throw MachineProblem(
                "no kernel for it was found: not in the cache of Harness/VM and none readable in /boot",
                help: "apt-get download linux-image-cloud-amd64's newest linux-image-…, unpack it with dpkg -x, and "
                    + "give --kernel …/boot/vmlinuz-…"
            )
        }
        self.kernel = found
        self.scratch = scratch
        do {
            let own = try initrd.map { path throws(ReportingError) in
                try RegularFile.read(path, limit: 1 << 30, followLinks: true)
            }
            var archive = own ?? []
            while archive.count % 4 != 0 { archive.append(0) }
            archive += Initramfs.archive(StandIn.program)
            try scratch.write("initrd.img", archive)
            self.initrd = scratch.path("initrd.img")
        } catch {
            throw MachineProblem("\(error)")
        }
    }

    /// The same with a kernel that does not unpack itself: a file of the bench's own, or this one where it is such.
    func unpacked() throws(MachineProblem) -> MachineImage {
        var image = self
        do {
            // With all that a debugger wants to know a vmlinux is much larger than what is loaded of it.
            let file = try RegularFile.read(kernel, limit: 1 << 30, followLinks: true)
            guard let bytes = try KernelImage.unpacked(file) else { return self }
            try scratch.write("kernel-unpacked", bytes)
            image.kernel = scratch.path("kernel-unpacked")
        } catch let problem as KernelImage.Problem {
            throw MachineProblem("\(kernel): \(problem.text)")
        } catch {
            throw MachineProblem("\(error)")
        }
        return image
    }

    /// What the guest's test machine keeps, else the host's newest of the cloud flavour, else the newest.
    static func kernel() -> String? {
        let home = unsafe getenv("HOME").map { unsafe String(cString: $0) } ?? "/root"
        let cache = unsafe getenv("XDG_CACHE_HOME").map { unsafe String(cString: $0) } ?? "\(home)/.cache"
        let kept = "\(cache)/isorun/vm/kernel"
        let current = HostView.text("\(kept)/current").map { "\(kept)/\($0)/boot" }
        for directory in [current, "/boot"].compactMap(\.self) {
            let kernels = names(in: directory).filter { $0.hasPrefix("vmlinuz") }.sorted().reversed()
            let ordered = kernels.filter { $0.contains("cloud") } + kernels.filter { !$0.contains("cloud") }
            if let name = ordered.first(where: { unsafe access("\(directory)/\($0)", R_OK) == 0 }) {
                return "\(directory)/\(name)"
            }
        }
        return nil
    }

    static func names(in directory: String) -> [String] {
        guard let stream = unsafe opendir(directory) else { return [] }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while let entry = unsafe readdir(stream) {
            // The name lies at the end of the record; `withUnsafePointer` keeps it where it is.
            let offset = MemoryLayout<dirent>.offset(of: \.d_name) ?? 19
            let start = unsafe UnsafeRawPointer(entry).advanced(by: offset).assumingMemoryBound(to: CChar.self)
            unsafe names.append(String(cString: start))
        }
        return names
    }
}

/// Why a virtual machine cannot be measured, and what would help.
struct MachineProblem: Error {
    let reason: String
    let help: String?

    init(_ reason: String, help: String? = nil) {
        self.reason = reason
        self.help = help
    }
}
