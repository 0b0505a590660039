package import IsorunModel
package import IsorunReporting

/// What is known of a container, as it is stored: `isorun.container/1`.
///
/// Only the container's keeper writes it, and always the whole of it. Whether the container lives is not in it: that
/// the kernel is asked (``Container/status``).
package struct ContainerRecord: Hashable, Sendable {
    /// How far its keeper had come.
    package enum Phase: String, Hashable, Sendable { case created, running, exited }

    /// 64 hexadecimal digits.
    package var id: String
    package var name: String
    package var createdAtUs: Int64
    package var command: [String]
    /// What `ps` shows as the image: `host`, a directory, or the reference of an image.
    package var image: String
    /// Whether the record goes with the container (`--rm`).
    package var autoRemove: Bool
    package var terminal = false
    package var interactive = false
    package var phase = Phase.created
    package var isPaused = false
    /// The host's id of the keeper.
    package var keeperPID: Int32?
    /// The host's id of init.
    package var pid: Int32?
    package var startedAtUs: Int64?
    package var finishedAtUs: Int64?
    /// The exit code as `docker wait` would tell it.
    package var exitCode: Int32?
    /// What the job was given: see ``ContainerSetup``.
    package var setup = ContainerSetup()
    /// Published ports, with the number of each that was left open.
    package var ports: [PublishedPort] = []
    /// What isorun would have said on stderr: what it warned of before the job ran, and all since.
    package var notes: [ContainerNote] = []
    /// Bytes of output that found no room in the log.
    package var logBytesLost: UInt64 = 0
    /// The result document, once it has ended.
    package var result: JSON?

    package init(id: String, name: String, createdAtUs: Int64, command: [String], image: String, autoRemove: Bool) {
        self.id = id
        self.name = name
        self.createdAtUs = createdAtUs
        self.command = command
        self.image = image
        self.autoRemove = autoRemove
    }
}

/// What a container was given, for `inspect` and `exec`.
package struct ContainerSetup: Hashable, Sendable {
    package var environment: [String] = []
    package var workdir = ""
    package var user = ""
    package var hostname = ""
    package var network = "none"
    /// The address of a private network, and its way out.
    package var address: String?
    package var gateway: String?
    /// Ports as they were asked for: 0 is any that is free.
    package var asked: [PublishedPort] = []
    /// Ports that the image says it listens on: `80/tcp`.
    package var exposedPorts: [String] = []
    /// What the image wants to be stopped with.
    package var stopSignal: String?
    package var readOnly = false
    package var memoryBytes: UInt64?
    package var memorySwapBytes: UInt64?
    package var cpus: Double?
    package var cpuset: String?
    package var pids: UInt64?
    package var mounts: [Mount] = []

    package init() {}

    /// A place where something of the host, or an empty directory, is mounted.
    package struct Mount: Hashable, Sendable {
        /// `bind`, `volume` or `tmpfs`.
        package var type: String
        /// The volume's name, where it has one.
        package var name: String?
        package var source: String
        package var destination: String
        package var writable: Bool
    }
}
