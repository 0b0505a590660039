internal import CIsorunChild
internal import IsorunPlanning
internal import IsorunSystem
internal import SystemPackage

/// Where the child finds what it did not make for itself.
struct ChildSurroundings {
    /// The file system, and who makes it.
    var root: RootPlan
    /// Whether the keeper makes the layers and sends them; an unprivileged one has the child make them.
    var keeperLaysRoot: Bool
    /// A directory of the host that the root is attached to before it becomes `/`.
    var anchor: FilePath
    /// Rows and columns of the job's terminal.
    var terminalSize: UInt64
}

extension ChildProgram {
    /// Encodes the steps of a plan; each op carries its step's index, so that an error names the step.
    ///
    /// The keeper lays the root while the child does what needs none: so what needs none is encoded first, and file
    /// systems are made there to be put in place later.
    init(steps: [SetupStep], in surroundings: ChildSurroundings) {
        let places = surroundings.root.mountPoints
        self.init(received: places.count + 1)
        // The root is slot 0; what is put into it follows, in the order in which it is put there.
        placed = Dictionary(uniqueKeysWithValues: zip(["/"] + places, 0...))
        add(ISORUN_OP_SET_IDS, step: 0, value: 0)
        var made: [FilePath: UInt16] = [:]
        for (index, step) in steps.enumerated() { encodeBeforeRoot(step, index, &made) }
        if surroundings.keeperLaysRoot {
            let step = steps.firstIndex(of: .place("/")) ?? 0
            add(ISORUN_OP_RECEIVE, step: step, slot: Self.rootSlot, value: UInt64(placed.count))
        } else {
            layRoot(surroundings.root, steps, anchor: surroundings.anchor)
        }
        for (index, step) in steps.enumerated() { encodeWithRoot(step, index, made, surroundings) }
    }

    private mutating func encodeBeforeRoot(_ step: SetupStep, _ index: Int, _ made: inout [FilePath: UInt16]) {
        let devices = made["/dev"] ?? Self.noSlot
        switch step {
        case .cgroupNamespace: add(ISORUN_OP_CGROUP_NAMESPACE, step: index)
        case .sessionKeyring: add(ISORUN_OP_SESSION_KEYRING, step: index)
        case .privateMounts: add(ISORUN_OP_PRIVATE_MOUNTS, step: index)
        case .loopback: add(ISORUN_OP_LOOPBACK_UP, step: index)
        case .hostname(let name): add(ISORUN_OP_HOSTNAME, step: index, text: name)
        case .oomScore: add(ISORUN_OP_OOM_SCORE, step: index)
        case .pseudo(let type, let path, let options): made[path] = makePseudo(type, options, index)
        case .hostTree(let path): made[path] = cloneHostTree(path, index)
        case .device(let name):
            add(ISORUN_OP_MAKE_FILE, step: index, base: devices, text: name, value: 0o666)
        case .deviceLink(let name, let target):
            add(ISORUN_OP_MAKE_LINK, step: index, base: devices, text: name, other: target)
        case .deviceDirectory(let name, let mode):
            add(ISORUN_OP_MAKE_DIRECTORY, step: index, base: devices, text: name, value: UInt64(mode))
        default: break
        }
    }

    private mutating func encodeWithRoot(
        _ step: SetupStep,
        _ index: Int,
        _ made: [FilePath: UInt16],
        _ surroundings: ChildSurroundings
    ) {
        let root = Self.rootSlot
        switch step {
        case .place(let path) where path == "/":
            // An unprivileged keeper's scratch file system stands over the anchor and has a place for the root.
            let anchor = surroundings.keeperLaysRoot ? surroundings.anchor : surroundings.anchor.appending("root")
            add(ISORUN_OP_ATTACH, step: index, slot: root, text: anchor.string, flags: ISORUN_FLAG_HOST_PATH)
            if !surroundings.keeperLaysRoot { cover(surroundings.root, index) }
        case .place(let path):
            guard let slot = placed[path] else { return }
            add(ISORUN_OP_ATTACH, step: index, slot: slot, base: root, text: path.inside)
        case .pseudo(_, let path, _), .hostTree(let path):
            guard let slot = made[path] else { return }
            add(ISORUN_OP_ATTACH, step: index, slot: slot, base: root, text: path.inside)
        case .device(let name):
            let attributes: MountAttributes = [.noSetID, .noExecute]
            let path = "/dev/\(name)"
            add(ISORUN_OP_BIND, step: index, base: root, text: "dev/\(name)", other: path, value: attributes.rawValue)
        case .readOnly(let path):
            add(ISORUN_OP_READ_ONLY, step: index, base: root, text: path.inside, flags: ISORUN_FLAG_OPTIONAL)
        case .mask(let path):
            let flags = ISORUN_FLAG_OPTIONAL
            add(ISORUN_OP_MASK, step: index, base: root, text: path.inside, other: "/dev/null", flags: flags)
        case .pivot: add(ISORUN_OP_PIVOT, step: index, slot: root)
        case .sealRoot: add(ISORUN_OP_SEAL_ROOT, step: index)
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

    /// Makes a pseudo file system; nothing on it can be executed, no device opened, except where that is its purpose.
    private mutating func makePseudo(_ type: String, _ options: [String], _ index: Int) -> UInt16 {
        let slot = newSlot()
        var attributes: MountAttributes = [.noSetID, .noDevices, .noExecute]
        if type == "devpts" { attributes.remove(.noDevices) }
        if options.contains("ro") { attributes.insert(.readOnly) }
        let settings = options.filter { $0 != "ro" }.flatMap { option in
            let parts = option.split(separator: "=", maxSplits: 1).map(String.init)
            return [parts[0], parts.count > 1 ? parts[1] : ""]
        }
        let value = attributes.rawValue
        add(ISORUN_OP_NEW_MOUNT, step: index, slot: slot, text: type, others: settings + [""], value: value)
        return slot
    }
}

extension FilePath {
    /// The path without its leading slash: how a path inside is named below the root's descriptor.
    var inside: String {
        String(string.drop { $0 == "/" })
    }
}
