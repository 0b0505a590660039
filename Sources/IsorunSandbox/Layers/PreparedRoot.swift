internal import IsorunModel
internal import IsorunPlanning
internal import IsorunSystem
internal import SystemPackage

/// The mounts of a container, made by a privileged keeper and not yet put anywhere, and the layers they write to.
///
/// The keeper makes them, not the child: an overlay that root mounts can have `index=on`, without which hard links
/// break and `git clone` of a local repository fails.
struct PreparedRoot: ~Copyable {
    /// The mounts, in the order of their slots.
    var mounts: [DetachedMount] = []
    /// The slot of the mount that goes to a path.
    var placed: AssociationList<FilePath, UInt16> = [:]
    /// What the job writes to, by the path it is seen at; empty where there is no writable layer.
    var written: [WrittenLayer] = []
    /// Whether what the job writes is looked at when it has ended.
    var isCollected = true
    /// The file system of all writable layers, to see how full it is.
    var scratch: HeldDirectory?
    /// What the overlays are made of, held until the job runs: taking a mount away waits for an RCU grace period.
    ///
    /// The first is the file system of the writable layers.
    var layers: [DetachedMount] = []
    /// What could not be made and was left out, for a person.
    var notes: [String] = []

    /// Brings the mounts into the order of their slots: the root, then what is put into it.
    mutating func sort(by places: [FilePath]) {
        let made = placed
        let unsorted = mounts
        mounts = []
        placed = [:]
        for path in ["/"] + places { if let slot = made[path] { add(unsorted[Int(slot)], at: path) } }
    }

    /// Lets go of what only the launch needed, while the job runs rather than when it has ended.
    mutating func settle() {
        mounts = []
        layers = []
        if !isCollected { written = [] }
    }

    mutating func add(_ mount: DetachedMount, at path: FilePath) {
        placed[path] = UInt16(mounts.count)
        mounts.append(mount)
    }
}

/// An upper directory that outlives the container, with the lower one it lay on.
final class WrittenLayer {
    /// Where it is seen inside.
    let path: FilePath
    /// What was written.
    let upper: HeldDirectory
    /// What was there before; nil under a scratch directory.
    let lower: HeldDirectory?
    /// Paths that isorun itself put there, without their leading slash; by their bytes, for what is compared with them
    /// is the job's, and a text has several spellings.
    private(set) lazy var skeleton = Dictionary(
        uniqueKeysWithValues: made.map { (ByteString($0.path), $0.entry) }
    )
    private let made: [SkeletonItem]
    /// Whether directories that isorun put there have the owners of those below.
    let keepsOwners: Bool

    init(
        path: FilePath,
        upper: consuming HeldDirectory,
        lower: consuming HeldDirectory?,
        skeleton: [SkeletonItem],
        keepsOwners: Bool = true
    ) {
        self.keepsOwners = keepsOwners
        self.path = path
        self.upper = upper
        self.lower = lower
        made = skeleton
    }
}
