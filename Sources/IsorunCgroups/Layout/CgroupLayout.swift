internal import Glibc
public import IsorunModel
public import IsorunSystem
internal import SystemPackage

/// Which hierarchy carries which controller of a job's cgroup, and below which directories it is made.
///
/// On v1 a job goes below the cgroup of isorun itself in every hierarchy, so that limits from outside keep holding; on
/// v2 below the nearest ancestor that can hand the controllers down (``UnifiedParent``).
public struct CgroupLayout: Hashable, Sendable {
    /// The layout in the words of the planner.
    public private(set) var facts = CgroupFacts()
    /// Why these facts may be wrong; nil where all control files were read that tell them.
    public private(set) var unread: SystemError?
    /// The directories in which a job gets one; that of the life cycle, which carries the lock, is the first.
    private(set) var parents: [Parent] = []
    /// Files on which slots are locked, by preference; see ``SlotLock``.
    private(set) var lockFiles: [FilePath] = []

    /// A directory in which jobs get theirs.
    struct Parent: Hashable, Sendable {
        var version: MountedHierarchy.Version
        var directory: FilePath
        var device: String
        var controllers: CgroupFacts.Controllers = []
        var possible: CgroupFacts.Controllers = []
        var freezes = false
        var top: FilePath
    }

    /// Whether a job can have a cgroup at all.
    public var supportsJobs: Bool { !parents.isEmpty }

    /// Finds the layout; reads a few control files and writes none.
    ///
    /// - Parameters:
    ///   - mounts: All mounts of the host, `/proc/self/mountinfo`.
    ///   - selfCgroup: The bytes of `/proc/self/cgroup`.
    ///   - needs: Controllers that decide how far up a v2 host is searched.
    public init(
        mounts: [HostMount],
        selfCgroup: [UInt8],
        needs: CgroupFacts.Controllers = [.memory, .pids, .cpu]
    ) {
        let own = OwnCgroups(parsing: selfCgroup)
        let legacy = mounts.compactMap { LegacyMount($0) }
        let unified = MountedHierarchy.unified(mounts: mounts, own: own)
        var missing: [CgroupFacts.Controller] = []
        for controller in CgroupFacts.Controller.allCases {
            let hierarchy = MountedHierarchy.legacy(controller.legacyName, mounts: legacy, own: own)
            guard let hierarchy else {
                missing.append(controller)
                continue
            }
            add(hierarchy, controller)
        }
        facts.mode = Self.mode(unified: unified != nil, legacy: missing.count < CgroupFacts.Controller.allCases.count)
        if let unified { bind(unified, missing, needs) }
        for controller in missing where facts.parents[controller] == nil && facts.refusals[controller] == nil {
            // The unified hierarchy counts CPU time without a controller.
            if controller != .cpuacct || unified == nil { facts.refusals[controller] = Refusal.absent(controller) }
        }
        if facts.unifiedParent == nil {
            MountedHierarchy.legacy("freezer", mounts: legacy, own: own).map { addFreezer($0) }
            putLifeCycleFirst()
        }
        lockFiles = SlotLock.files(parents: parents)
    }

    private static func mode(unified: Bool, legacy: Bool) -> CgroupFacts.Mode {
        switch (unified, legacy) {
        case (true, true): .hybrid
        case (true, false): .v2
        case (false, true): .v1
        case (false, false): .none
        }
    }

    /// Takes a v1 hierarchy for a controller; co-mounted controllers share one directory.
    private mutating func add(_ hierarchy: MountedHierarchy, _ controller: CgroupFacts.Controller) {
        guard let directory = [hierarchy.own, hierarchy.top].first(where: mayWrite) else {
            facts.refusals[controller] = Refusal.unwritable(controller, hierarchy.own)
            return
        }
        facts.parents[controller] = directory
        let index = indexOfParent(hierarchy, directory)
        parents[index].controllers.insert(controller)
    }

    private mutating func addFreezer(_ hierarchy: MountedHierarchy) {
        guard !parents.isEmpty, mayWrite(hierarchy.own) else { return }
        let index = indexOfParent(hierarchy, hierarchy.own)
        parents[index].freezes = true
    }

    private mutating func indexOfParent(_ hierarchy: MountedHierarchy, _ directory: FilePath) -> Int {
        if let index = parents.firstIndex(where: { $0.directory == directory }) { return index }
        parents.append(
            Parent(version: hierarchy.version, directory: directory, device: hierarchy.device, top: hierarchy.top)
        )
        return parents.count - 1
    }

    /// Takes the unified hierarchy for the life cycle and for the controllers that v1 does not have.
    private mutating func bind(
        _ unified: MountedHierarchy,
        _ missing: [CgroupFacts.Controller],
        _ needs: CgroupFacts.Controllers
    ) {
        let wanted = needs.intersection(CgroupFacts.Controllers(missing))
        var reading = HostReading()
        defer { unread = reading.failure }
        let kernelHas = UnifiedParent.controllers(unified.top.appending("cgroup.controllers"), &reading)
        let found = UnifiedParent.find(
            unified,
            needs: wanted.intersection(kernelHas),
            hasControllers: !kernelHas.isEmpty,
            &reading
        )
        for controller in missing where controller != .cpuacct {
            if let found, found.offered.contains(controller) {
                facts.parents[controller] = found.directory
            } else if kernelHas.contains(controller) {
                facts.refusals[controller] = Refusal.undelegated(controller, unified.own, privileged: geteuid() == 0)
            }
        }
        guard let found else { return }
        facts.unifiedParent = found.directory
        parents.insert(
            Parent(
                version: .v2,
                directory: found.directory,
                device: unified.device,
                controllers: found.offered.intersection(CgroupFacts.Controllers(missing)),
                possible: found.possible.subtracting(found.enabled),
                top: unified.top
            ),
            at: 0
        )
    }

    /// On a pure v1 host pids or memory carries the life cycle.
    private mutating func putLifeCycleFirst() {
        let preferred =
            parents.firstIndex { $0.controllers.contains(.pids) }
            ?? parents.firstIndex { $0.controllers.contains(.memory) }
        if let preferred { parents.swapAt(0, preferred) }
    }
}

extension CgroupFacts.Controller {
    /// The name in v1.
    var legacyName: String { self == .io ? "blkio" : rawValue }
}
