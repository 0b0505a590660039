internal import Glibc
internal import IsorunModel
internal import SystemPackage

extension JobCgroup {
    /// Makes the directories in the hierarchies after the first.
    mutating func makeOthers() throws(CgroupError) {
        let wanted = limits.controllers
        for index in tree.hierarchies.indices.dropFirst() {
            let hierarchy = tree.hierarchies[index]
            guard hierarchy.always || !hierarchy.controllers.isDisjoint(with: wanted) else { continue }
            let group = group(index)
            var result = group.make()
            if result == -EEXIST {
                // What a keeper left that was killed while it made or removed this; its slot is ours.
                _ = group.remove()
                result = group.make()
            }
            guard result == 0 else { throw CgroupError("make a cgroup", group.path(), Errno(rawValue: -result)) }
            made |= 1 << index
        }
    }

    /// Sets and verifies every limit that was asked for.
    func applyLimits() throws(CgroupError) {
        if limits.memory != nil || limits.oomGroup, let (group, isV2) = group(of: .memory) {
            if isV2 { try V2Limits.memory(group, limits) } else { try V1Limits.memory(group, limits) }
        }
        if limits.pids != nil, let (group, _) = group(of: .pids) { try SharedLimits.pids(group, limits) }
        if limits.cpus != nil, let (group, isV2) = group(of: .cpu) {
            if isV2 { try V2Limits.cpu(group, limits) } else { try V1Limits.cpu(group, limits) }
        }
        if limits.cpuset != nil, let index = tree.index(of: .cpuset) {
            let parent = tree.hierarchies[index].parent
            if try handsDown(.cpuset, index) {
                try V2Limits.cpuset(group(index), limits)
            } else {
                try V1Limits.cpuset(group(index), parent: GroupDirectory(parent: parent, name: nil), limits)
            }
        }
        if !limits.io.isEmpty, let index = tree.index(of: .io) {
            if try handsDown(.io, index) {
                try V2Limits.io(group(index), limits)
            } else {
                try V1Limits.io(group(index), limits)
            }
        }
    }

    /// Whether a hierarchy is v2; one that is hands a controller down from here on, that few jobs need.
    private func handsDown(_ controller: CgroupFacts.Controller, _ index: Int) throws(CgroupError) -> Bool {
        guard tree.hierarchies[index].version == .v2 else { return false }
        if tree.layout.parents[index].possible.contains(controller) {
            try CgroupTree.enable([controller], in: tree.hierarchies[index].parent)
        }
        return true
    }

    /// Opens `tasks` of the group in every v1 hierarchy: a thread that writes 0 into all of them is in.
    ///
    /// A thread that moves itself is spared the lock over all forks of the host that `cgroup.procs` takes, and with it
    /// the wait for an RCU grace period, milliseconds on an idle host (Linux 5.18, `cgroup_procs_write_start`). In the
    /// unified hierarchy it must have been made by CLONE_INTO_CGROUP with ``unifiedDescriptor``. Memory that the
    /// process touched before stays charged where it was.
    public func openEntrances() throws(CgroupError) -> Entrances {
        let entrances = Entrances()
        for index in tree.hierarchies.indices where made & 1 << index != 0 && tree.hierarchies[index].version == .v1 {
            let group = group(index)
            let descriptor = group.open("tasks", O_WRONLY)
            guard descriptor >= 0 else {
                throw CgroupError("open the cgroup", group.path(of: "tasks"), Errno(rawValue: -descriptor))
            }
            entrances.add(descriptor, tree.hierarchies[index].path)
        }
        return entrances
    }

    /// Puts a process that was not cloned into the group into all of it, the unified hierarchy too.
    public func attachEverywhere(_ pid: Int32) throws(CgroupError) {
        for index in tree.hierarchies.indices where made & 1 << index != 0 { try attach(pid, index) }
    }

    private func attach(_ pid: Int32, _ index: Int) throws(CgroupError) {
        let group = group(index)
        let result = group.write("cgroup.procs", UInt64(pid))
        guard result == 0 else {
            throw CgroupError(
                "put process \(pid) into the cgroup",
                group.path(of: "cgroup.procs"),
                Errno(rawValue: -result)
            )
        }
    }
}
