internal import CIsorunChild
internal import Glibc
internal import IsorunModel
internal import IsorunPlanning
internal import IsorunSystem
internal import SystemPackage

/// What each child tries: the same ops, in the same order, as a job's container.
struct Probes {
    var facts: HostFacts

    /// Ids past those of every slot that can be leased to a container, so that a probe shares them with none.
    private static let slot = 2048

    private var single: IdentityRange {
        IdentityRange(facts.caller.privileged ? .leased : .single, caller: facts.caller, slot: Self.slot)
    }

    /// All namespaces, loopback, host name, init's own id, credentials, filter, `execve`.
    func container(_ helpers: [String: DoctorEvidence.Helper]) -> ProbeEnd {
        var identity = single
        if !facts.caller.privileged, let range = facts.subordinateIDs, !helpers.values.contains(.missing) {
            identity = IdentityRange(.subordinate(range), caller: facts.caller, slot: Self.slot)
        }
        var program = ChildProgram(received: 0)
        program.add(ISORUN_OP_SET_IDS, step: ProbeStep.ids.rawValue)
        program.add(ISORUN_OP_PRIVATE_MOUNTS, step: ProbeStep.privateMounts.rawValue)
        program.add(ISORUN_OP_LOOPBACK_UP, step: ProbeStep.loopback.rawValue)
        program.add(ISORUN_OP_HOSTNAME, step: ProbeStep.hostname.rawValue, text: "isorun")
        let child = ProbeChild(namespaces: Namespace.allCases, identity: identity, program: program, becomesJob: true)
        return child.run()
    }

    /// A pseudo file system of the container's own.
    func pseudo(_ type: String) -> ProbeEnd {
        var program = ChildProgram(received: 0)
        let attributes: MountAttributes = [.noSetID, .noDevices, .noExecute]
        let slot = program.newSlot()
        program.add(ISORUN_OP_SET_IDS, step: ProbeStep.ids.rawValue)
        program.add(
            ISORUN_OP_NEW_MOUNT,
            step: ProbeStep.subject.rawValue,
            slot: slot,
            text: type,
            value: attributes.rawValue
        )
        let owner: Namespace = type == "proc" ? .pid : .network
        return ProbeChild(namespaces: [.user, .mount, owner], identity: single, program: program).run()
    }

    /// A tmpfs of bounded size with an overlay over `/` on it, in a mount namespace that goes with its child.
    ///
    /// Root makes it outside of the user namespace and with owners mapped, as the keeper does; others within it.
    func overlay(ownerMapping: inout ProbeEnd?) -> ProbeEnd {
        let privileged = facts.caller.privileged
        var lower: DetachedMount?
        if privileged { lower = mappedRoot(&ownerMapping) }
        var program = ChildProgram(received: 2)
        let (scratch, root) = (ChildProgram.rootSlot, UInt16(1))
        if !privileged { program.add(ISORUN_OP_SET_IDS, step: ProbeStep.ids.rawValue) }
        program.add(ISORUN_OP_PRIVATE_MOUNTS, step: ProbeStep.privateMounts.rawValue)
        if lower != nil {
            program.add(ISORUN_OP_RECEIVE, step: ProbeStep.receive.rawValue, slot: root, value: 1)
        } else {
            program.add(ISORUN_OP_CLONE_TREE, step: ProbeStep.receive.rawValue, slot: root, text: "/", flags: recursive)
        }
        let options = ["size", "1048576", "nr_inodes", "100", "mode", "700", ""]
        program.add(
            ISORUN_OP_NEW_MOUNT,
            step: ProbeStep.scratch.rawValue,
            slot: scratch,
            text: "tmpfs",
            others: options
        )
        let anchor = facts.anchor.string
        let attach = ProbeStep.attach.rawValue
        program.add(ISORUN_OP_ATTACH, step: attach, slot: scratch, text: anchor, flags: ISORUN_FLAG_HOST_PATH)
        for name in ["lower", "upper", "work"] {
            program.add(
                ISORUN_OP_MAKE_DIRECTORY,
                step: ProbeStep.layers.rawValue,
                base: scratch,
                text: name,
                value: 0o700
            )
        }
        program.add(ISORUN_OP_ATTACH, step: attach, slot: root, base: scratch, text: "lower")
        let layers = ["lowerdir", "\(anchor)/lower", "upperdir", "\(anchor)/upper", "workdir", "\(anchor)/work"]
        let features = privileged ? ["index", "on", "xino", "on"] : ["userxattr", ""]
        let made = program.newSlot()
        program.add(
            ISORUN_OP_NEW_MOUNT,
            step: ProbeStep.subject.rawValue,
            slot: made,
            text: "overlay",
            others: layers + features + [""]
        )
        let namespaces: [Namespace] = privileged ? [.mount] : [.user, .mount]
        let child = ProbeChild(namespaces: namespaces, identity: privileged ? nil : single, program: program)
        return child.run { _ in lower.map { [$0] } ?? [] }
    }

    // Below the root of a user namespace only whole trees may be cloned: its parts are locked together.
    private var recursive: isorun_op_flag { facts.caller.privileged ? isorun_op_flag(0) : ISORUN_FLAG_RECURSIVE }

    /// A detached clone of `/` whose owners a user namespace maps, or a plain one where that is refused.
    private func mappedRoot(_ ownerMapping: inout ProbeEnd?) -> DetachedMount? {
        var tree: DetachedMount?
        var refused: ProbeEnd?
        let child = ProbeChild(namespaces: [.user], identity: single, program: ChildProgram(received: 0))
        let end = child.run { pid in
            do throws(SystemError) {
                let cloned = try DetachedMount(cloning: "/")
                tree = cloned
                let path = "/proc/\(pid)/ns/user"
                let raw = unsafe open(path, O_RDONLY | O_CLOEXEC)
                let namespace = try OwnedDescriptor(raw < 0 ? -errno : raw, "open", path)
                try cloned.idmap(userNamespace: namespace)
            } catch {
                refused = .failed(.subject, error.errno)
            }
            return []
        }
        ownerMapping = refused ?? end
        return tree
    }
}
