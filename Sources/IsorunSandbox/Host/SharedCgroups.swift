internal import IsorunCgroups
internal import IsorunModel
internal import Synchronization

/// The directories in which jobs get their cgroups, opened once for all jobs of this process.
enum SharedCgroups {
    private static let last = Mutex<CgroupTree?>(nil)
    /// A start removes what is left over as long as there is room among so many containers; beyond, some of it.
    private static let sweptSlots = 64

    /// The directories of a layout; what killed isoruns left in them is removed when they are opened.
    ///
    /// On a v2 host they are opened for each job, and its controllers handed down anew: whoever owns the parent may have
    /// taken them back.
    ///
    /// - Throws: ``CgroupError`` where no cgroup can be made in them.
    static func tree(_ layout: CgroupLayout) throws(CgroupError) -> CgroupTree {
        if let known = last.withLock({ $0 }), known.layout == layout { return known }
        let tree = try CgroupTree(layout)
        _ = Sweeper.sweep(tree, lookingAt: sweptSlots)
        if layout.facts.mode != .v2 { last.withLock { $0 = tree } }
        return tree
    }
}
