internal import IsorunModel
internal import IsorunPlanning
internal import IsorunSystem
internal import SystemPackage

/// A directory of an unprivileged container's scratch file system that the job writes to: the upper layer of an overlay,
/// or seen as it is, over what is hidden or as a root that is put together.
struct ScratchLayer {
    /// What is made in it before it is seen, parents first; paths are relative to the layer.
    enum Item: Hashable {
        case directory(String, mode: UInt32)
        case file(String, text: String = "")
        case link(String, target: String)
        case whiteout(String)
    }
    /// Where it is seen inside.
    let path: FilePath
    /// The host's directory below it; nil where it is seen as it is.
    let lower: FilePath?
    /// Layers between that and this, the topmost first: those of an image.
    let between: [FilePath]
    /// What lies below in place of what is hidden elsewhere.
    let shown: Set<String>
    /// The mode of its top.
    let mode: UInt32
    /// What is in it.
    private(set) var items: [Item] = []
    /// The paths of all items, and its own, which is empty.
    private(set) var made: Set<String> = [""]

    /// How deep it lies.
    var depth: Int { path.components.count }

    init(
        path: FilePath,
        lower: FilePath?,
        mode: UInt32,
        between: [FilePath] = [],
        shown: Set<String> = []
    ) {
        self.between = between
        self.shown = shown
        self.path = path
        self.lower = lower
        self.mode = mode
    }

    /// Takes an entry that lies in this layer and in none above it; `below` is the host's directory under it.
    mutating func take(_ entry: LayerEntry, below: borrowing HostLayer) throws(SystemError) {
        let path = entry.path.below(path)
        if path.isEmpty { return }
        if entry.onlyIfPresent, try below.status(path) == nil { return }
        guard try parents(of: path, entry, below), !made.contains(path) else { return }
        switch entry.kind {
        case .emptyDirectory(let mode): directory(path, mode)
        case .directory, .uncovered: directory(path, try below.directoryMode(path) ?? 0o755)
        case .file: add(path, .file(path))
        case .text(let text): add(path, .file(path, text: text))
        case .link(let target): add(path, .link(path, target: target))
        // Without a layer below nothing shines through.
        case .hidden: if lower != nil, !shown.contains(path) { add(path, .whiteout(path)) }
        case .hiddenMatches: break
        }
    }

    private mutating func directory(_ path: String, _ mode: UInt32) {
        add(path, .directory(path, mode: mode))
    }

    private mutating func add(_ path: String, _ item: Item) {
        made.insert(path)
        items.append(item)
    }

    /// Makes the directories above a path, as the host has them; false where the entry is only for those that are.
    private mutating func parents(
        of path: String,
        _ entry: LayerEntry,
        _ below: borrowing HostLayer
    ) throws(SystemError) -> Bool {
        var parent = ""
        for name in path.split(separator: "/").dropLast() {
            parent += (parent.isEmpty ? "" : "/") + name
            if made.contains(parent) {
                guard isDirectory(parent) else { throw Self.noDirectory(entry.path, parent) }
                continue
            }
            if let status = try below.status(parent), status.kind != .directory {
                if entry.onlyIfPresent { return false }
                throw Self.noDirectory(entry.path, parent)
            }
            directory(parent, try below.directoryMode(parent) ?? 0o755)
        }
        return true
    }

    private func isDirectory(_ path: String) -> Bool {
        items.contains { item in
            if case .directory(path, _) = item { true } else { false }
        }
    }

    private static func noDirectory(_ path: FilePath, _ parent: String) -> SystemError {
        SystemError("mount on \(path)", "/\(parent) is not a directory", .notDirectory)
    }
}

/// The host's directory below a layer, looked at by name and through no link; nothing where there is none.
///
/// What could not be looked at for want of descriptors or memory is not taken for missing: it would not be hidden.
struct HostLayer: ~Copyable {
    private let directory: HeldDirectory?
    private let merged: MergedLayers?

    /// Opens it: what lies below, the topmost first.
    init(_ paths: [FilePath]) throws(SystemError) {
        let merged = paths.count > 1 ? try MergedLayers(paths) : nil
        let directory: HeldDirectory?
        if let lowest = paths.last { directory = try Self.open(lowest) } else { directory = nil }
        self.merged = merged
        self.directory = directory
    }

    /// A directory of the host; nil where there is none, or none for this user.
    static func open(_ path: FilePath) throws(SystemError) -> HeldDirectory? {
        try HostReading.answer { () throws(SystemError) in try HeldDirectory(host: path) }
    }

    /// What stands at a path; nil where nothing does, or nothing this user may look at.
    func status(_ path: String) throws(SystemError) -> FileStatus? {
        try HostReading.answer { () throws(SystemError) in
            guard let merged else { return try directory?.status(path) ?? nil }
            return try merged.find(ByteString(path)).map { FileStatus($0.status) }
        }
    }

    /// Permissions of a directory.
    func directoryMode(_ path: String) throws(SystemError) -> UInt32? {
        try status(path).flatMap { $0.kind == .directory ? $0.mode & 0o7777 : nil }
    }

    /// Names in a directory.
    func names(in path: String) throws(SystemError) -> [String] {
        try HostReading.answer { () throws(SystemError) in try directory?.directory(path).names() } ?? []
    }
}

extension WrittenLayer {
    /// What the child made and sent.
    convenience init(_ layer: ScratchLayer, upper: consuming HeldDirectory) throws(SystemError) {
        let lower: HeldDirectory?
        if let path = layer.lower { lower = try HostLayer.open(path) } else { lower = nil }
        let skeleton = layer.items.map(\.skeletonItem)
        self.init(path: layer.path, upper: upper, lower: lower, skeleton: skeleton, keepsOwners: false)
    }
}

extension ScratchLayer.Item {
    fileprivate var skeletonItem: SkeletonItem {
        switch self {
        case .directory(let path, let mode):
            SkeletonItem(path: path, entry: .directory(mode: mode, owner: nil, isOpaque: false))
        case .file(let path, let text): SkeletonItem(path: path, entry: .file(size: UInt64(text.utf8.count)))
        case .link(let path, let target): SkeletonItem(path: path, entry: .link(target: target))
        case .whiteout(let path): SkeletonItem(path: path, entry: .whiteout)
        }
    }
}
