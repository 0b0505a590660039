internal import Glibc
internal import IsorunModel
internal import IsorunSystem
internal import SystemPackage

/// The cgroup of one attempt of one job: a fresh directory in every hierarchy, removed with its owner.
///
/// Theory of operation. A slot is locked first (``SlotLock``), so nobody else makes or removes directories of that name.
/// The directory of the life cycle hierarchy is made next and locked with flock(2), the others after it; removal goes
/// the other way round. So whatever a killed keeper leaves, the life cycle directory is part of it, nobody holds its
/// lock, and one look into one directory finds it (``Sweeper``). All limits are in force before a process is in.
public struct JobCgroup: ~Copyable, Sendable {
    /// The limits that were set.
    public let limits: CgroupLimits
    /// The hierarchies.
    let tree: CgroupTree
    /// The name in each of them.
    let name: GroupName
    /// The hierarchies in which a directory was made, by index, as bits.
    var made: UInt16
    /// The lock on the slot.
    private let slotLock: SlotLock
    /// The life cycle directory, open and locked.
    let directory: OwnedDescriptor

    /// The slot, which also selects the range of host ids.
    public var slot: Int { name.slot }

    /// The directory of the life cycle hierarchy: where one is unified, the descriptor for CLONE_INTO_CGROUP.
    public var unifiedDescriptor: Int32? {
        tree.hierarchies[0].version == .v2 ? directory.raw : nil
    }

    /// Makes a cgroup with its limits in force and nobody in it.
    ///
    /// - Throws: ``CgroupError`` that names the limit, the file and the kernel's answer; nothing is left then.
    public static func create(in tree: CgroupTree, limits: CgroupLimits) throws(CgroupError) -> JobCgroup {
        try create(in: tree, limits: limits, from: Int.random(in: 0..<SlotLock.slotCount))
    }

    static func create(
        in tree: CgroupTree,
        limits: CgroupLimits,
        from start: Int
    ) throws(CgroupError) -> JobCgroup {
        try check(limits, tree)
        var next = start
        for _ in 0..<SlotLock.slotCount {
            let lock = try SlotLock.acquire(tree.layout, from: next)
            guard let directory = try claim(lock.slot, in: tree) else {
                next = (lock.slot + 1) % SlotLock.slotCount
                continue
            }
            var job = JobCgroup(limits: limits, tree: tree, lock: lock, directory: directory)
            try job.makeOthers()
            try job.applyLimits()
            return job
        }
        throw CgroupError("make a cgroup", descriptorPath(tree.hierarchies[0].parent), .fileExists)
    }

    private static func check(_ limits: CgroupLimits, _ tree: CgroupTree) throws(CgroupError) {
        for controller in limits.controllers where tree.index(of: controller) == nil {
            let reason = tree.layout.facts.refusals[controller] ?? Refusal.absent(controller)
            throw CgroupError(
                "limit \(controller.limit.rawValue)",
                "",
                nil,
                limit: controller.limit,
                controller: controller,
                detail: reason
            )
        }
    }

    private init(
        limits: CgroupLimits,
        tree: CgroupTree,
        lock: consuming SlotLock,
        directory: consuming OwnedDescriptor
    ) {
        self.limits = limits
        self.tree = tree
        self.name = GroupName(slot: lock.slot)
        self.made = 1
        self.slotLock = lock
        self.directory = directory
    }

    deinit {
        // Where somebody is in it yet the kernel says so, and nothing is removed.
        if made != 0, Self.removeAll(tree, name, made, within: .zero) != 0 {
            _ = Self.kill(tree, name, made, within: .seconds(1))
            _ = Self.removeAll(tree, name, made, within: .seconds(1))
        }
        // As for the slot: a process cloned meanwhile may hold a copy of the descriptor.
        _ = flock(directory.raw, LOCK_UN)
    }

    /// Makes the life cycle directory of a slot and locks it; nil where another slot has to be taken.
    private static func claim(_ slot: Int, in tree: CgroupTree) throws(CgroupError) -> OwnedDescriptor? {
        let group = GroupDirectory(parent: tree.hierarchies[0].parent, name: GroupName(slot: slot))
        let result = group.make()
        if result == -EEXIST {
            // Its owner is dead, for its slot was free, or sees another root: then it still holds this lock.
            Sweeper.removeLeftover(slot, in: tree)
            return nil
        }
        guard result == 0 else {
            throw CgroupError(
                "make a cgroup",
                group.path(),
                Errno(rawValue: -result),
                hint: result == -EAGAIN || result == -ENOSPC ? "the host has no room for more cgroups" : nil
            )
        }
        if let lock = lock(group) { return lock }
        // Where no descriptor is left no other slot does better, and each would leave a group behind.
        let reason = group.open(nil, O_RDONLY | O_DIRECTORY)
        guard reason < 0, reason != -ENOENT else {
            if reason >= 0 { close(reason) }
            return nil
        }
        _ = group.remove()
        throw CgroupError("open the cgroup", group.path(), Errno(rawValue: -reason))
    }

    /// Opens a group's directory and locks it; nil where somebody else holds it or it is gone.
    static func lock(_ group: GroupDirectory) -> OwnedDescriptor? {
        let raw = group.open(nil, O_RDONLY | O_DIRECTORY)
        guard raw >= 0 else { return nil }
        let descriptor = OwnedDescriptor(raw)
        guard flock(raw, LOCK_EX | LOCK_NB) == 0 else { return nil }
        // A sweeper in another cgroup namespace may have removed it between mkdir(2) and flock(2).
        guard FileIdentity(descriptor: raw) == group.identity else { return nil }
        return descriptor
    }

    /// The group in one hierarchy.
    func group(_ index: Int) -> GroupDirectory {
        GroupDirectory(parent: tree.hierarchies[index].parent, name: name)
    }

    /// The group in the hierarchy that carries a controller; nil where this job has none there.
    func group(of controller: CgroupFacts.Controller) -> (directory: GroupDirectory, isV2: Bool)? {
        guard let index = tree.index(of: controller), made & 1 << index != 0 else { return nil }
        return (group(index), tree.hierarchies[index].version == .v2)
    }
}
