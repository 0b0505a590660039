internal import Glibc
internal import IsorunSystem
internal import SystemPackage

/// Removes what killed keepers left behind: groups whose slot and directory nobody holds a lock on.
public enum Sweeper {
    /// Removes the leftovers below this layout's directories; with none there, this is one listing of one directory.
    ///
    /// - Parameters:
    ///   - tree: where to look.
    ///   - limit: how many slots to look at, from a random one on. The kernel goes through all locks of a file for
    ///     each that is asked for, so that to look at every slot costs the square of their number.
    /// - Returns: The names of what was removed, as `isorun-17`.
    @discardableResult
    public static func sweep(_ tree: CgroupTree, lookingAt limit: Int = .max) -> [String] {
        var removed: [String] = []
        let slots = HierarchySearch.slots(below: tree.hierarchies[0].parent)
        for slot in window(of: slots, from: slots.indices.randomElement() ?? 0, limit) {
            guard let lock = try? SlotLock.acquire(tree.layout, slot: slot) else { continue }
            if removeLeftover(slot, in: tree) { removed.append(GroupName(slot: slot).text) }
            _ = consume lock
        }
        return removed
    }

    /// So many elements, from one on and round the end.
    static func window(of slots: [Int], from start: Int, _ limit: Int) -> [Int] {
        (0..<min(limit, slots.count)).map { slots[(start + $0) % slots.count] }
    }

    /// Removes the leftovers of keepers that ran in any cgroup: ``sweep(_:)``, and then a search of whole hierarchies.
    ///
    /// - Returns: The names of what was removed, as `isorun-17`.
    @discardableResult
    public static func sweepEverywhere(_ tree: CgroupTree) -> [String] {
        var removed = sweep(tree)
        for top in Set(tree.layout.parents.map(\.top)) {
            for slot in Set(HierarchySearch.groups(below: top).map(\.slot)) {
                guard let lock = try? SlotLock.acquire(tree.layout, slot: slot) else { continue }
                if removeStrays(slot, in: tree) { removed.append(GroupName(slot: slot).text) }
                _ = consume lock
            }
        }
        return removed
    }

    /// Kills and removes the group of a slot that the caller has locked; whether it is gone.
    @discardableResult
    static func removeLeftover(_ slot: Int, in tree: CgroupTree) -> Bool {
        let name = GroupName(slot: slot)
        let groups = tree.hierarchies.map { GroupDirectory(parent: $0.parent, name: name) }
        guard let lock = JobCgroup.lock(groups[0]) else { return false }
        let isComplete = groups.allSatisfy { $0.identity != nil }
        let all = UInt16(truncatingIfNeeded: (1 << tree.hierarchies.count) - 1)
        _ = JobCgroup.kill(tree, name, all, within: .seconds(1))
        let result = JobCgroup.removeAll(tree, name, all, within: .seconds(1))
        _ = consume lock
        // Its keeper may have run in another cgroup of some hierarchy than this one does.
        if result == 0, !isComplete { _ = removeStrays(slot, in: tree) }
        return result == 0
    }

    /// Removes every group of a slot that the caller has locked, wherever it is; whether there was one.
    ///
    /// In a container's own cgroup namespace slots are locked on another file. So nothing is touched while somebody
    /// holds the lock of a life cycle directory of that slot, and outside of that hierarchy only what is empty goes.
    private static func removeStrays(_ slot: Int, in tree: CgroupTree) -> Bool {
        let name = GroupName(slot: slot)
        let isUnified = tree.hierarchies[0].version == .v2
        var removed = false
        for parent in HierarchySearch.groups(below: tree.layout.parents[0].top).filter({ $0.slot == slot }).map(
            \.parent
        ) {
            guard let directory = openDirectory(parent) else { return removed }
            let group = GroupDirectory(parent: directory.raw, name: name)
            guard let lock = JobCgroup.lock(group) else { return removed }
            _ = GroupKiller(group, isUnified: isUnified, within: .seconds(1)).kill()
            guard group.remove() == 0 else { return removed }
            _ = consume lock
            removed = true
        }
        for top in Set(tree.layout.parents.dropFirst().map(\.top)) {
            for (parent, _) in HierarchySearch.groups(below: top).filter({ $0.slot == slot }) {
                guard let directory = openDirectory(parent) else { continue }
                if GroupDirectory(parent: directory.raw, name: name).remove() == 0 { removed = true }
            }
        }
        return removed
    }
}
