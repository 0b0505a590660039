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

    /// A pseudo file system of the container's own, as a container makes it: over the host's.
    func pseudo(_ type: String) -> ProbeEnd {
        var program = ChildProgram(received: 0)
        let attributes: MountAttributes = [.noSetID, .noDevices, .noExecute]
        program.add(ISORUN_OP_SET_IDS, step: ProbeStep.ids.rawValue)
        program.add(ISORUN_OP_PRIVATE_MOUNTS, step: ProbeStep.privateMounts.rawValue)
        program.add(
            ISORUN_OP_MOUNT,
            step: ProbeStep.subject.rawValue,
            text: type == "proc" ? "/proc" : "/sys",
            others: [type, ""],
            value: attributes.rawValue
        )
        let owner: Namespace = type == "proc" ? .pid : .network
        return ProbeChild(namespaces: [.user, .mount, owner], identity: single, program: program).run()
    }

    /// A tmpfs of bounded size with an overlay over `/` on it, in a mount namespace that goes with its child.
    ///
    /// Root makes it outside of the user namespace and with owners mapped, as the keeper does.
    func overlay(ownerMapping: inout ProbeEnd?) -> ProbeEnd {
        guard facts.caller.privileged else { return ownOverlay() }
        let lower = mappedRoot(&ownerMapping)
        var program = ChildProgram(received: 2)
        let (scratch, root) = (ChildProgram.rootSlot, UInt16(1))
        program.add(ISORUN_OP_PRIVATE_MOUNTS, step: ProbeStep.privateMounts.rawValue)
        if lower != nil {
            program.add(ISORUN_OP_RECEIVE, step: ProbeStep.receive.rawValue, slot: root, value: 1)
        } else {
            program.add(ISORUN_OP_CLONE_TREE, step: ProbeStep.receive.rawValue, slot: root, text: "/")
        }
        makeScratch(&program, scratch)
        for name in ["lower", "upper", "work"] {
            program.add(
                ISORUN_OP_MAKE_DIRECTORY,
                step: ProbeStep.layers.rawValue,
                base: scratch,
                text: name,
                value: 0o700
            )
        }
        program.add(ISORUN_OP_ATTACH, step: ProbeStep.attach.rawValue, slot: root, base: scratch, text: "lower")
        let anchor = facts.anchor.string
        let layers = ["lowerdir", "\(anchor)/lower", "upperdir", "\(anchor)/upper", "workdir", "\(anchor)/work"]
        let made = program.newSlot()
        program.add(
            ISORUN_OP_NEW_MOUNT,
            step: ProbeStep.subject.rawValue,
            slot: made,
            text: "overlay",
            others: layers + ["index", "on", "xino", "on", ""]
        )
        return ProbeChild(namespaces: [.mount], identity: nil, program: program).run { _ in lower.map { [$0] } ?? [] }
    }

    /// The same in a user namespace, over a directory in which nothing is mounted: over `/` none can be laid there.
    private func ownOverlay() -> ProbeEnd {
        var program = ChildProgram(received: 0)
        program.add(ISORUN_OP_SET_IDS, step: ProbeStep.ids.rawValue)
        program.add(ISORUN_OP_PRIVATE_MOUNTS, step: ProbeStep.privateMounts.rawValue)
        let scratch = program.newSlot()
        makeScratch(&program, scratch)
        let layers = ProbeStep.layers.rawValue
        for name in ["lower", "upper", "work"] {
            program.add(ISORUN_OP_MAKE_DIRECTORY, step: layers, base: scratch, text: name, value: 0o700)
        }
        let holders = facts.mounts.map(\.mountPoint)
        let lower = ["/usr", "/etc", "/opt", "/srv"].first { path in
            !holders.contains { $0.starts(with: FilePath(path)) && $0 != FilePath(path) }
        }
        let anchor = facts.anchor.string
        program.add(
            ISORUN_OP_NEW_MOUNT,
            step: ProbeStep.subject.rawValue,
            slot: program.newSlot(),
            text: "overlay",
            others: [
                "lowerdir", lower ?? "\(anchor)/lower", "upperdir", "\(anchor)/upper", "workdir", "\(anchor)/work",
                "userxattr", "", "",
            ]
        )
        return ProbeChild(namespaces: [.user, .mount], identity: single, program: program).run()
    }

    private func makeScratch(_ program: inout ChildProgram, _ scratch: UInt16) {
        let options = ["size", "1048576", "nr_inodes", "100", "mode", "700", ""]
        let step = ProbeStep.scratch.rawValue
        program.add(ISORUN_OP_NEW_MOUNT, step: step, slot: scratch, text: "tmpfs", others: options)
        program.add(
            ISORUN_OP_ATTACH,
            step: ProbeStep.attach.rawValue,
            slot: scratch,
            text: facts.anchor.string,
            flags: ISORUN_FLAG_HOST_PATH
        )
    }

    /// A detached clone of `/` whose owners a user namespace maps, or a plain one where that is refused.
    private func mappedRoot(_ ownerMapping: inout ProbeEnd?) -> DetachedMount? {
        var tree: DetachedMount?
        var refused: ProbeEnd?
        let child = ProbeChild(namespaces: [.user], identity: single, program: ChildProgram(received: 0))
        let end = child.run { pid in
            do throws(SystemError) {
                let path = "/proc/\(pid)/ns/user"
                let raw = unsafe open(path, O_RDONLY | O_CLOEXEC)
                let namespace = try OwnedDescriptor(raw < 0 ? -errno : raw, "open", path)
                tree = try DetachedMount(cloning: "/", owners: namespace)
            } catch {
                refused = .failed(.subject, error.errno)
                tree = try? DetachedMount(cloning: "/")
            }
            return []
        }
        ownerMapping = refused ?? end
        return tree
    }
}
