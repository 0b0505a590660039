internal import IsorunModel
internal import IsorunPlanning
internal import IsorunSandbox
internal import SystemPackage

extension ContainerSetup {
    /// What was asked for, before the plan is known.
    init(_ job: JobSpec) {
        self.init()
        network = job.network.rawValue
        if case .image(let image) = job.filesystem.rootfs {
            exposedPorts = image.found?.exposedPorts ?? []
            stopSignal = image.found?.stopSignal
        }
        if case .container(let name) = job.networkPeer { network += ":" + name }
        asked = job.ports
        readOnly = job.filesystem.readOnly
        mounts = job.filesystem.volumes.map { volume in
            Mount(
                type: volume.name == nil ? "bind" : "volume",
                name: volume.name,
                source: (volume.name.map { VolumeStore.own.data(of: $0) } ?? volume.source).string,
                destination: volume.destination.string,
                writable: volume.writable
            )
        }
        mounts += job.filesystem.tmpfs.map {
            Mount(type: "tmpfs", name: nil, source: "", destination: $0.destination.string, writable: true)
        }
    }

    /// Takes over what the plan gives the job.
    mutating func take(_ plan: SandboxPlan) {
        environment = plan.process.environment.map(\.text)
        workdir = plan.process.workdir.string
        user = "\(plan.process.user.uid):\(plan.process.user.gid)"
        for case .hostname(let name) in plan.setup { hostname = name }
        readOnly = !plan.root.writable
        address = plan.network.userMode.map { "\($0.version4.address)" }
        gateway = plan.network.userMode.map { "\($0.version4.gateway)" }
        memoryBytes = plan.cgroup.memory
        memorySwapBytes = plan.cgroup.memorySwap
        cpus = plan.cgroup.cpus
        cpuset = plan.cgroup.cpuset?.text
        pids = plan.cgroup.pids
    }
}
