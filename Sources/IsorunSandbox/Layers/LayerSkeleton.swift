internal import IsorunModel
internal import IsorunPlanning
internal import IsorunSystem
internal import SystemPackage

/// Fills the topmost layer before the job comes: what is empty, what is hidden, and the places to mount on.
///
/// All of it is made on a fresh file system of isorun's own, so no link of an image is ever walked through: a mount
/// target that the lower layer has as a link is covered by a real directory, or refused (CVE-2019-19921 and its kind).
struct LayerSkeleton: ~Copyable {
    private let upper: HeldDirectory
    private let lower: HeldDirectory
    private let merged: MergedLayers?
    private let owner: UInt32
    // Whether the files' owners are those of the host, whom nobody inside is.
    private let isForeign: Bool
    // What lies below in place of what is hidden elsewhere.
    private let shown: Set<String>
    private var privateDirectories: [FilePath] = []
    private var made: [SkeletonItem] = []

    init(
        upper: consuming HeldDirectory,
        lower: consuming HeldDirectory,
        merged: MergedLayers?,
        owner: UInt32,
        isForeign: Bool = false,
        shown: Set<String> = []
    ) {
        self.isForeign = isForeign
        self.shown = shown
        self.merged = merged
        self.upper = upper
        self.lower = lower
        self.owner = owner
    }

    /// Hands the layers on, with what was put there.
    consuming func written(at path: FilePath) -> WrittenLayer {
        WrittenLayer(path: path, upper: upper, lower: lower, skeleton: made)
    }

    /// Makes all entries of a plan.
    mutating func make(_ entries: [LayerEntry], privateDirectories: [FilePath]) throws(SystemError) {
        self.privateDirectories = privateDirectories
        for entry in entries { try make(entry) }
        for directory in privateDirectories { try hidePrivate(directory.inside) }
    }

    /// What lies under a path; with one layer, as hosts have, in a single call.
    private func below(_ path: String) throws(SystemError) -> FileStatus? {
        guard let merged else { return try lower.status(path) }
        return try merged.find(ByteString(path)).map { FileStatus($0.status) }
    }

    private mutating func make(_ entry: LayerEntry) throws(SystemError) {
        let path = entry.path.inside
        if path.isEmpty { return }
        if entry.kind == .hiddenMatches { return try hideMatches(entry.path) }
        let below = try self.below(path)
        if entry.onlyIfPresent && below == nil { return }
        switch entry.kind {
        case .emptyDirectory(let mode):
            // A link, as /var/run is on most hosts, leads to a place that is covered itself.
            if entry.onlyIfPresent && below?.kind != .directory { return }
            let covers = below?.kind == .directory
            let owned = SkeletonEntry.Owner(uid: owner, gid: owner)
            let new = SkeletonEntry.directory(mode: mode, owner: owned, isOpaque: covers)
            guard try parents(of: entry), isNew(path, new) else { return }
            try upper.makeDirectory(path, mode: mode, uid: owner, gid: owner)
            if covers { try upper.makeOpaque(path) }
        case .directory:
            guard try parents(of: entry) else { return }
            try directory(path, below)
        case .uncovered:
            guard let below, below.kind == .directory else {
                throw SystemError(
                    "show \(entry.path)",
                    "/\(path)",
                    below == nil ? .noSuchFileOrDirectory : .notDirectory
                )
            }
            guard try parents(of: entry) else { return }
            try directory(path, below)
            try upper.makeRedirect(path, to: entry.path)
        case .file:
            guard try parents(of: entry), isNew(path, .file()) else { return }
            try upper.makeFile(path, mode: 0o644, uid: owner, gid: owner)
        case .text(let text):
            guard try parents(of: entry), isNew(path, .file(size: UInt64(text.utf8.count))) else { return }
            try upper.makeFile(path, text: text, mode: 0o644, uid: owner, gid: owner)
        case .hidden:
            try hide(path, entry)
        // Links are for a root that is put together, and root's is not.
        case .hiddenMatches, .link: break
        }
    }

    /// Remembers what is about to be made at a path; false where something was made there before.
    private mutating func isNew(_ path: String, _ entry: SkeletonEntry) -> Bool {
        if wasMade(path) { return false }
        made.append(SkeletonItem(path: path, entry: entry))
        return true
    }

    private func wasMade(_ path: String) -> Bool { made.contains { $0.path == path } }

    private mutating func hide(_ path: String, _ entry: LayerEntry) throws(SystemError) {
        if shown.contains(path) { return }
        guard try parents(of: entry), isNew(path, .whiteout) else { return }
        try upper.makeWhiteout(path)
    }

    /// Makes the directories above an entry, as the lower layer has them.
    ///
    /// False where the lower layer has no directory there and the entry is only for those that are.
    private mutating func parents(of entry: LayerEntry) throws(SystemError) -> Bool {
        var path = ""
        for component in entry.path.inside.split(separator: "/").dropLast() {
            path += (path.isEmpty ? "" : "/") + String(component)
            if wasMade(path) { continue }
            let below = try self.below(path)
            if let below, below.kind != .directory {
                if entry.onlyIfPresent { return false }
                throw SystemError("mount on \(entry.path)", "/\(path) is not a directory", .notDirectory)
            }
            try directory(path, below)
        }
        return true
    }

    private mutating func directory(_ path: String, _ below: FileStatus?) throws(SystemError) {
        let below = below?.kind == .directory ? below : nil
        let (uid, gid) = (below?.uid ?? owner, below?.gid ?? owner)
        var mode = below?.mode ?? 0o755
        // What would be hidden is there for what is mounted below it alone; and whoever inside may not enter it has to.
        let isPrivate =
            below != nil && mode & 0o004 == 0 && privateDirectories.contains(FilePath("/\(path)").parent ?? "/")
        let isClosed = isForeign && mode & 0o001 == 0 || isPrivate
        if isClosed { mode |= 0o111 }
        let owned = SkeletonEntry.Owner(uid: uid, gid: gid)
        guard isNew(path, .directory(mode: mode & 0o7777, owner: owned, isOpaque: isClosed)) else { return }
        try upper.makeDirectory(path, mode: mode, uid: uid, gid: gid)
        if isClosed { try upper.makeOpaque(path) }
    }

    private mutating func hideMatches(_ pattern: FilePath) throws(SystemError) {
        guard let parent = pattern.parent, let last = pattern.lastComponent?.string,
            try below(parent.inside)?.kind == .directory
        else { return }
        let parts = last.split(separator: "*", maxSplits: 1, omittingEmptySubsequences: false)
        for name in try lower.directory(parent.inside).names()
        where name.hasPrefix(parts[0]) && name.hasSuffix(parts[1]) {
            let path = parent.appending(name)
            try hide(path.inside, LayerEntry(path: path, kind: .hidden, onlyIfPresent: true))
        }
    }

    /// Hides what others than the owner and the group may not read: with its owners mapped, root inside could.
    private mutating func hidePrivate(_ directory: String) throws(SystemError) {
        guard try below(directory)?.kind == .directory else { return }
        for name in try lower.directory(directory).privateNames() {
            let path = FilePath("/\(directory)/\(name)")
            try hide(path.inside, LayerEntry(path: path, kind: .hidden, onlyIfPresent: true))
        }
    }
}
