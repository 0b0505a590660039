internal import Glibc
internal import IsorunSystem
internal import SystemPackage

/// Removes what killed keepers left behind: groups whose slot and directory nobody holds a lock on.
public enum Sweeper {
    /// Removes the leftovers below this layout's directories; with none there, this is one listing of one directory.
    ///
    /// - Returns: The names of what was removed, as `isorun-17`.
    @discardableResult
    public static func sweep(_ tree: CgroupTree) -> [String] {
        var removed: [String] = []
        for slot in slots(below: tree.hierarchies[0].parent) {
            guard let lock = try? SlotLock.acquire(tree.layout, slot: slot) else { continue }
            if removeLeftover(slot, in: tree) { removed.append(GroupName(slot: slot).text) }
            _ = consume lock
        }
        return removed
    }

    /// Kills and removes the group of a slot that the caller has locked; whether it is gone.
    @discardableResult
    static func removeLeftover(_ slot: Int, in tree: CgroupTree) -> Bool {
        let name = GroupName(slot: slot)
        let group = GroupDirectory(parent: tree.hierarchies[0].parent, name: name)
        guard let lock = JobCgroup.lock(group) else { return false }
        let all = UInt16(truncatingIfNeeded: (1 << tree.hierarchies.count) - 1)
        _ = JobCgroup.kill(tree, name, all, within: .seconds(1))
        let result = JobCgroup.removeAll(tree, name, all, within: .seconds(1))
        _ = consume lock
        return result == 0
    }

    /// The slots that have a directory below an open one.
    static func slots(below parent: Int32) -> [Int] {
        let descriptor = unsafe openat(parent, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return [] }
        guard let listing = unsafe fdopendir(descriptor) else {
            close(descriptor)
            return []
        }
        defer { unsafe closedir(listing) }
        var slots: [Int] = []
        while let entry = unsafe readdir(listing) {
            let slot = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { name in
                let count = unsafe name.firstIndex(of: 0) ?? name.count
                let bytes = unsafe UnsafeBufferPointer(rebasing: name.bindMemory(to: UInt8.self)[..<count])
                return unsafe GroupName.slot(named: Span(_unsafeElements: bytes))
            }
            if let slot { slots.append(slot) }
        }
        return slots
    }
}
