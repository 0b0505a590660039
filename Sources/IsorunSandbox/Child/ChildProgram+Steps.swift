internal import CIsorunChild
internal import IsorunCgroups
internal import IsorunPlanning
internal import IsorunSystem
internal import SystemPackage

/// Where the child finds what it did not make for itself.
struct ChildSurroundings: Hashable {
    /// The file system, and who makes it.
    var root: RootPlan
    /// Whether the keeper makes the layers and sends them; an unprivileged one has the child make them.
    var keeperLaysRoot: Bool
    /// Whether that sends the file system of the writable layers, too, for the child to take it away with the host's tree.
    var sendsScratch = false
    /// A directory of the host that the root is attached to before it becomes `/`.
    var anchor: FilePath
    /// Whether overlay takes a layer at a time.
    var appendsLayers = true
    /// What the cgroups to join are made in.
    var cgroups: [FilePath]
    /// Whether the job readies itself while the keeper lays the root.
    var jobReadiesEarly: Bool
    /// Rows and columns of the job's terminal.
    var terminalSize: UInt64
}

extension ChildProgram {
    /// Encodes the steps of a plan; each op carries its step's index, so that an error names the step.
    ///
    /// The keeper lays the root while the child does what needs none: so what needs none is encoded first. `/proc`,
    /// `/sys` and `/dev` are made whole there, masks and devices and all, over the host's of the same name in the
    /// child's own mount namespace: before Linux 6.15 nothing can be mounted on what stands nowhere.
    init(steps: [SetupStep], in surroundings: ChildSurroundings) throws(SystemError) {
        let places = surroundings.root.mountPoints
        self.init(received: places.count + 1)
        // The root is slot 0; what is put into it follows, in the order in which it is put there.
        for (slot, path) in (["/"] + places).enumerated() { placed.append((path, UInt16(slot))) }
        let scratch = surroundings.sendsScratch ? newSlot() : nil
        for (index, step) in steps.enumerated() { encodeFirst(step, index, surroundings) }
        if !surroundings.keeperLaysRoot {
            try layRoot(
                surroundings.root,
                steps,
                anchor: surroundings.anchor,
                appendsLayers: surroundings.appendsLayers
            )
        }
        // The host's devices are taken from where they are before anything stands over its `/dev`.
        var pseudo = PseudoFileSystems(hostDevices: newSlot())
        let step = steps.firstIndex { if case .device = $0 { true } else { false } } ?? 0
        let lastDevice = steps.lastIndex { if case .device = $0 { true } else { false } }
        add(ISORUN_OP_OPEN_DIRECTORY, step: step, slot: pseudo.hostDevices, text: "/dev")
        for (index, step) in steps.enumerated() {
            encodePseudo(step, index, &pseudo)
            // What hides is a copy of one of them, and has its attributes.
            if index == lastDevice { restrictDevices(index, pseudo) }
        }
        if surroundings.keeperLaysRoot {
            if surroundings.jobReadiesEarly, let step = steps.firstIndex(of: .becomeInit) {
                add(ISORUN_OP_START_JOB, step: step)
            }
            let step = steps.firstIndex(of: .place("/")) ?? 0
            let count = placed.count + (scratch == nil ? 0 : 1)
            add(ISORUN_OP_RECEIVE, step: step, slot: Self.rootSlot, value: UInt64(count))
            // Beneath the root, which lies over the same directory: when the host's tree is detached, this goes with it.
            if let scratch { attach(scratch, toHost: surroundings.anchor, step) }
        }
        for (index, step) in steps.enumerated() { encodeWithRoot(step, index, pseudo, surroundings) }
    }

    /// Has the child join the cgroups through these descriptors, which are its own alone.
    mutating func enter(_ entrances: [Int32]) { setValues(of: ISORUN_OP_JOIN_CGROUP, entrances.map { UInt64($0) }) }

    /// What changes the child itself.
    private mutating func encodeFirst(_ step: SetupStep, _ index: Int, _ surroundings: ChildSurroundings) {
        switch step {
        case .namespaces(let made):
            add(ISORUN_OP_NAMESPACES, step: index, value: made.reduce(0) { $0 | $1.cloneFlag })
            earlyCount = ops.count
        case .joinCgroups:
            for path in surroundings.cgroups { add(ISORUN_OP_JOIN_CGROUP, step: index, text: path.string) }
            add(ISORUN_OP_SET_IDS, step: index, value: 0)
        case .cgroupNamespace: add(ISORUN_OP_NAMESPACES, step: index, value: Namespace.cgroup.cloneFlag)
        case .sessionKeyring: add(ISORUN_OP_SESSION_KEYRING, step: index)
        case .privateMounts: add(ISORUN_OP_PRIVATE_MOUNTS, step: index)
        case .loopback: add(ISORUN_OP_LOOPBACK_UP, step: index)
        case .lowPorts: add(ISORUN_OP_LOW_PORTS, step: index)
        case .hostname(let name): add(ISORUN_OP_HOSTNAME, step: index, text: name)
        case .oomScore: add(ISORUN_OP_OOM_SCORE, step: index)
        default: break
        }
    }

    /// What goes into `/proc`, `/sys` and `/dev`, and they themselves.
    private mutating func encodePseudo(_ step: SetupStep, _ index: Int, _ pseudo: inout PseudoFileSystems) {
        let devices = pseudo.slot(of: "/dev") ?? Self.noSlot
        switch step {
        case .pseudo(let type, let path, let options):
            if type == "sysfs" { pseudo.hasOwnSystem = true }
            mountPseudo(type, path, options, index, &pseudo)
        case .hostTree(let path):
            let slot = cloneHostTree(path, index)
            attach(slot, toHost: path, index)
            pseudo.raised.append((path, slot))
        case .device(let name):
            add(ISORUN_OP_MAKE_FILE, step: index, base: devices, text: name, value: 0o666)
            add(ISORUN_OP_DEVICE, step: index, base: pseudo.hostDevices, text: "/dev/\(name)", other: name)
        case .deviceLink(let name, let target):
            add(ISORUN_OP_MAKE_LINK, step: index, base: devices, text: name, other: target)
        case .deviceDirectory(let name, let mode):
            add(ISORUN_OP_MAKE_DIRECTORY, step: index, base: devices, text: name, value: UInt64(mode))
        case .readOnly(let path):
            let place = pseudo.place(of: path)
            let flags = place.flags(ISORUN_FLAG_OPTIONAL)
            add(ISORUN_OP_READ_ONLY, step: index, base: place.base, text: place.path, flags: flags)
        case .mask(let path):
            let place = pseudo.place(of: path)
            let kind = Self.hiddenDirectories.contains(path) ? ISORUN_FLAG_DIRECTORY.rawValue : 0
            let (base, flags) = (place.base, place.flags(isorun_op_flag(ISORUN_FLAG_OPTIONAL.rawValue | kind)))
            let covers = ["/dev/null", pseudo.hasOwnSystem ? Self.emptyDirectory : "", ""]
            add(ISORUN_OP_MASK, step: index, base: base, text: place.path, others: covers, flags: flags)
        default: break
        }
    }

    /// Of what is hidden on every host, what is no file where it is there at all.
    private static let hiddenDirectories: Set<FilePath> = [
        "/proc/acpi", "/proc/asound", "/proc/scsi", "/sys/firmware", "/sys/devices/virtual/powercap",
    ]

    /// Has nothing in `/dev` run as another user, or run at all: for all its mounts at once.
    private mutating func restrictDevices(_ step: Int, _ pseudo: PseudoFileSystems) {
        guard let slot = pseudo.slot(of: "/dev") else { return }
        let attributes: MountAttributes = [.noSetID, .noExecute]
        add(ISORUN_OP_ATTRIBUTES, step: step, slot: slot, value: attributes.rawValue, flags: ISORUN_FLAG_RECURSIVE)
    }

    /// A directory of the container's own, read-only `/sys` in which there can be nothing.
    ///
    /// The kernel keeps it for others to mount on (sysfs_create_mount_point, fs/sysfs/dir.c). A file system that is made to
    /// be empty takes longer.
    private static let emptyDirectory = "/sys/kernel/debug"

    /// Makes a pseudo file system where more can be mounted on it: in the one it belongs to, or over the host's own.
    ///
    /// Nothing on it can be executed, no device opened, except where that is its purpose.
    private mutating func mountPseudo(
        _ type: String,
        _ path: FilePath,
        _ options: [String],
        _ index: Int,
        _ pseudo: inout PseudoFileSystems
    ) {
        // What mount(2) and fsmount(2) call the same has the same numbers.
        var attributes: MountAttributes = [.noSetID, .noDevices, .noExecute]
        if type == "devpts" { attributes.remove(.noDevices) }
        if options.contains("ro") { attributes.insert(.readOnly) }
        let kind = [type, options.filter { $0 != "ro" }.joined(separator: ",")]
        let place = pseudo.place(of: path)
        var slot = Self.noSlot
        if place.base == Self.noSlot {
            slot = newSlot()
            pseudo.raised.append((path, slot))
        }
        let (base, value) = (place.base, attributes.rawValue)
        add(ISORUN_OP_MOUNT, step: index, slot: slot, base: base, text: place.path, others: kind, value: value)
    }

    /// Puts a mount onto a path of the host, as this child alone sees it.
    private mutating func attach(_ slot: UInt16, toHost path: FilePath, _ index: Int) {
        add(ISORUN_OP_ATTACH, step: index, slot: slot, text: path.string, flags: ISORUN_FLAG_HOST_PATH)
    }

    /// Puts a mount onto a path in another one.
    mutating func attach(_ slot: UInt16, to path: String, below base: UInt16, _ index: Int) {
        let flags = path.contains("/") ? isorun_op_flag(0) : ISORUN_FLAG_ONE_NAME
        add(ISORUN_OP_ATTACH, step: index, slot: slot, base: base, text: path, flags: flags)
    }

    private mutating func encodeWithRoot(
        _ step: SetupStep,
        _ index: Int,
        _ pseudo: PseudoFileSystems,
        _ surroundings: ChildSurroundings
    ) {
        let root = Self.rootSlot
        switch step {
        case .place(let path) where path == "/":
            // An unprivileged keeper's scratch file system stands over the anchor and has a place for the root.
            let anchor = surroundings.keeperLaysRoot ? surroundings.anchor : surroundings.anchor.appending("root")
            attach(root, toHost: anchor, index)
            attachCovers(in: path, index)
        case .place(let path):
            guard let slot = slot(placedAt: path) else { return }
            attach(slot, to: path.inside, below: root, index)
            attachCovers(in: path, index)
        case .pseudo(_, let path, _), .hostTree(let path):
            guard let slot = pseudo.slot(of: path) else { return }
            attach(slot, to: path.inside, below: root, index)
        case .pivot: add(ISORUN_OP_PIVOT, step: index, slot: root)
        case .sealRoot: add(ISORUN_OP_SEAL_ROOT, step: index)
        case .network: add(ISORUN_OP_AWAIT, step: index)
        case .terminal: add(ISORUN_OP_TERMINAL, step: index, value: surroundings.terminalSize)
        default: break
        }
    }

    private mutating func cloneHostTree(_ path: FilePath, _ index: Int) -> UInt16 {
        let slot = newSlot()
        let attributes: MountAttributes = [.readOnly, .noSetID, .noDevices, .noExecute]
        add(
            ISORUN_OP_CLONE_TREE,
            step: index,
            slot: slot,
            text: path.string,
            value: attributes.rawValue,
            flags: ISORUN_FLAG_RECURSIVE
        )
        return slot
    }
}

/// `/proc`, `/sys` and `/dev` while they are made: a few each, so they are looked for one by one.
private struct PseudoFileSystems {
    /// The slots of those that stand over the host's.
    var raised: [(path: FilePath, slot: UInt16)] = []
    /// Whether `/sys` is the container's own.
    var hasOwnSystem = false
    /// The slot of the host's `/dev`.
    let hostDevices: UInt16

    func slot(of path: FilePath) -> UInt16? { raised.first { $0.path == path }?.slot }

    /// A file system, and a path in it.
    struct Place {
        var base: UInt16
        var path: String
        /// Whether it is the container's own, made afresh.
        var isOwn: Bool

        /// With the mark of what the kernel, or the child itself, has put there, and that is no link: not of a path of the
        /// host whose parts would be looked up.
        func flags(_ others: isorun_op_flag) -> isorun_op_flag {
            guard base != ChildProgram.noSlot, isOwn || !path.contains("/") else { return others }
            return isorun_op_flag(others.rawValue | ISORUN_FLAG_OWN_NAME.rawValue)
        }
    }

    /// The file system that a path is in.
    func place(of path: FilePath) -> Place {
        for (top, slot) in raised where path.starts(with: top) && path != top {
            let isOwn = top != "/sys" || hasOwnSystem
            return Place(base: slot, path: String(path.string.dropFirst(top.string.utf8.count + 1)), isOwn: isOwn)
        }
        return Place(base: ChildProgram.noSlot, path: path.string, isOwn: false)
    }
}

extension FilePath {
    /// The path without its leading slash: how a path inside is named below the root's descriptor.
    var inside: String {
        String(string.drop { $0 == "/" })
    }
}
