public import IsorunModel
public import SystemPackage

/// The file system the container sees.
public struct RootPlan: Hashable, Sendable {
    /// The read-only lower layer.
    public var lower: FilePath
    /// Whether `/` is put together of parts, for who may lay no overlay over it: links, and views of its directories.
    public var isAssembled = false
    /// Whether owners in the lower layer are shown as they are on disk, or as nobody's.
    public var ownersMapped: Bool
    /// Whether there is a writable layer.
    public var writable: Bool
    /// Bytes of the writable layer.
    public var diskBytes: UInt64
    /// Files of the writable layer.
    public var inodes: UInt64
    /// What stands in the topmost layer before the job comes, in order; parents come first.
    public var entries: [LayerEntry]
    /// Directories of the host below which files that only root may read are hidden.
    public var privateDirectories: [FilePath]
    /// Read-only layers between what is below and the writable layer, the topmost first.
    public var layers: [LayerSpec] = []
    /// Whether the lower layers are an image's: what stands at a path is then as the topmost of them has it.
    public var isImage = false
    /// Whether what is written is compared with all that lies below it at the end.
    public var comparesWrites = false
    /// Copy-on-write views of host directories beside the root.
    public var overlays: [OverlayPlan]
    /// Bind mounts.
    public var volumes: [VolumePlan]
    /// Scratch directories.
    public var tmpfs: [TmpfsSpec]
    /// Parts of a root that is put together over which no overlay can lie: seen as on the host, read-only.
    public var bound: [VolumePlan] = []

    /// Where something is mounted, parents before what lies in them, the root left out.
    public var mountPoints: [FilePath] {
        let points =
            bound.map(\.destination) + overlays.map(\.destination) + volumes.map(\.destination)
            + tmpfs.map(\.destination)
        return points.sorted { $0.components.count < $1.components.count }
    }

    /// What an earlier job made where something is hidden, by its path in the layer that is seen at a place.
    package func shown(in layer: FilePath) -> Set<String> {
        layers.filter { $0.destination == layer }.reduce(into: []) { $0.formUnion($1.shown) }
    }

    /// What the root's own overlay shows in directories that are hidden.
    package var uncovered: [FilePath] { entries.filter { $0.kind == .uncovered }.map(\.path) }
}

extension RootPlan {
    /// The part of the skeleton that belongs to the layer seen at a path, with paths from there on: a host with a file
    /// system of its own on `/etc` has its secrets hidden there, and a mount on it its place.
    public func skeleton(of layer: FilePath) -> (entries: [LayerEntry], privateDirectories: [FilePath]) {
        // Most hosts have one layer; what is in it is many paths to compare.
        if overlays.isEmpty && layer == "/" { return (entries, privateDirectories) }
        let layers = ["/"] + overlays.map(\.destination)
        func inside(_ path: FilePath) -> FilePath? {
            let holders = layers.filter { path.starts(with: $0) }
            guard holders.max(by: { $0.components.count < $1.components.count }) == layer else { return nil }
            return FilePath(root: "/", path.components.dropFirst(layer.components.count))
        }
        let entries = entries.compactMap { entry in
            inside(entry.path).map { LayerEntry(path: $0, kind: entry.kind, onlyIfPresent: entry.onlyIfPresent) }
        }
        // The place that a layer itself stands on is made in the layer around it.
        let places = overlays.map(\.destination).compactMap { place -> LayerEntry? in
            guard place != layer, let name = place.lastComponent else { return nil }
            guard let above = place.parent, let parent = inside(above) else { return nil }
            return LayerEntry(path: parent.appending(name), kind: .directory, onlyIfPresent: false)
        }
        return (entries.filter { !$0.path.components.isEmpty } + places, privateDirectories.compactMap(inside))
    }
}

extension RootPlan {
    /// The plan with fewer overlays: what is a part of the root's own file system is shown by the root's.
    ///
    /// An overlay of its own is another file system to make and to end, and the kernel waits for a grace period of RCU
    /// when it ends one.
    package var folded: RootPlan {
        var plan = self
        for part in overlays where part.isPartOfRoot {
            // What is made in it comes after it.
            let place = plan.entries.firstIndex { $0.path.starts(with: part.destination) } ?? plan.entries.endIndex
            let entry = LayerEntry(path: part.destination, kind: .uncovered, onlyIfPresent: false)
            plan.entries.insert(entry, at: place)
        }
        plan.overlays.removeAll(where: \.isPartOfRoot)
        return plan
    }
}

/// Something that stands in the topmost layer and so covers what is below.
public struct LayerEntry: Hashable, Sendable {
    /// What it is.
    public enum Kind: Hashable, Sendable {
        /// An empty directory, whatever the lower layer has there, with this mode.
        case emptyDirectory(mode: UInt32)
        /// The lower layer's directory, or a new one: a place to mount on.
        case directory
        /// The lower layer's directory with all that is in it, though one above it is empty.
        case uncovered
        /// An empty file: a place to mount on.
        case file
        /// A file with this text in place of the lower layer's.
        case text(String)
        /// Nothing is there.
        case hidden
        /// A symbolic link.
        case link(target: String)
        /// Nothing is there whose name matches the last component.
        case hiddenMatches
    }
    /// The absolute path inside.
    public var path: FilePath
    /// What it is.
    public var kind: Kind
    /// Whether it is only made where the lower layer has something there.
    public var onlyIfPresent: Bool

    /// Makes an entry.
    public init(path: FilePath, kind: Kind, onlyIfPresent: Bool) {
        self.path = path
        self.kind = kind
        self.onlyIfPresent = onlyIfPresent
    }

    /// Whether a path is one that this entry's pattern means: `*` in its last component stands for any text.
    public func matches(_ other: FilePath) -> Bool {
        guard let name = other.lastComponent?.string, let pattern = path.lastComponent?.string else { return false }
        let parts = pattern.split(separator: "*", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, other.parent == path.parent else { return false }
        return name.count >= parts[0].count + parts[1].count && name.hasPrefix(parts[0]) && name.hasSuffix(parts[1])
    }
}

/// A copy-on-write view of a host directory.
public struct OverlayPlan: Hashable, Sendable {
    /// The directory on the host.
    public var source: FilePath
    /// Where it is seen inside.
    public var destination: FilePath
    /// Whether the run goes on without it where the host cannot make it.
    public var optional: Bool
    /// Whether it is a part of the root's own file system, seen where it lies there, and nobody looks at what the job
    /// writes to it: then the root's overlay can show it.
    public var isPartOfRoot: Bool

    /// Makes a view.
    public init(source: FilePath, destination: FilePath, optional: Bool, isPartOfRoot: Bool = false) {
        self.source = source
        self.destination = destination
        self.optional = optional
        self.isPartOfRoot = isPartOfRoot
    }
}

/// A bind mount.
public struct VolumePlan: Hashable, Sendable {
    /// The path on the host.
    public var source: FilePath
    /// The path inside.
    public var destination: FilePath
    /// Whether writes go through to the host.
    public var writable: Bool
    /// Whether it is a directory; a file otherwise.
    public var isDirectory: Bool
}
