internal import IsorunModel
internal import IsorunSystem
internal import SystemPackage

/// Compares an upper directory with the lower one it lay on.
struct WritesVisitor: LayerVisitor, ~Copyable {
    /// What a directory's entries are compared with.
    struct State {
        /// What the lower layer has under the directory's own name, as far as the job could see it.
        var below: EntryStatus?
        /// Whether the lower layer's entries shine through.
        var merged = false
    }

    let layer: WrittenLayer
    var list: WritesList
    private var lower: HeldDirectory?

    init(_ layer: WrittenLayer, _ list: consuming WritesList) {
        self.layer = layer
        self.list = list
    }

    /// The list back.
    consuming func finish() -> WritesList { list }

    mutating func enter(_ directory: borrowing HeldDirectory, _ entry: WalkedEntry?, _ state: inout State) {
        guard let entry else { return enterTop(directory, &state) }
        let isOpaque = layer.lower != nil && directory.isOpaque
        let below = state.below
        if let own = layer.skeleton[entry.relative] {
            compare(entry, with: own, isOpaque: isOpaque && below?.kind == .directory)
        } else if let below {
            if below.kind != .directory || isOpaque {
                list.add(.deleted, entry.path, isDirectory: below.kind == .directory)
                list.add(.added, entry.path, isDirectory: true)
            } else if !entry.status.hasMetadata(of: below) {
                list.add(.changed, entry.path, isDirectory: true)
            }
        } else {
            list.add(.added, entry.path, isDirectory: true)
        }
        state.merged = below?.kind == .directory && !isOpaque
        openLower(state.merged ? entry.relative : nil)
    }

    /// A directory where isorun itself had put something: what the job saw there is what isorun made.
    private mutating func compare(_ entry: WalkedEntry, with own: SkeletonEntry, isOpaque: Bool) {
        switch own {
        case .directory(let mode, let owner, let wasOpaque):
            let isSame = entry.status.mode & 0o7777 == mode && (owner == nil || owner == entry.status.owner)
            if isOpaque && !wasOpaque {
                list.add(.deleted, entry.path, isDirectory: true)
                list.add(.added, entry.path, isDirectory: true)
            } else if !isSame {
                list.add(.changed, entry.path, isDirectory: true)
            }
        case .file, .link:
            list.add(.deleted, entry.path)
            list.add(.added, entry.path, isDirectory: true)
        case .whiteout: list.add(.added, entry.path, isDirectory: true)
        }
    }

    /// The layer's own directory: isorun made it as the lower one is.
    private mutating func enterTop(_ directory: borrowing HeldDirectory, _ state: inout State) {
        state.merged = layer.lower != nil
        openLower(state.merged ? "" : nil)
        guard let upper = try? EntryStatus(of: directory.descriptor), let below = state.below else { return }
        let isSame = layer.keepsOwners ? upper.hasMetadata(of: below) : upper.mode == below.mode
        if !isSame { list.add(.changed, layer.path.bytes, isDirectory: true) }
    }

    private mutating func openLower(_ path: ByteString?) {
        lower = nil
        guard let path else { return }
        do throws(SystemError) {
            lower = try layer.lower?.directory(path)
        } catch {
            list.leaveOut("/\(EscapedPath.text(path)) was not compared: \(error.reason)")
        }
    }

    mutating func visit(_ entry: WalkedEntry, in directory: borrowing HeldDirectory, _ state: State) -> State? {
        guard !list.isFull else { return nil }
        let below = state.merged ? lowerEntry(entry.name) : nil
        if entry.status.kind == .directory { return State(below: below) }
        let isWhiteout = layer.lower != nil && entry.status.isWhiteout
        if let own = layer.skeleton[entry.relative] {
            // What isorun hid was not there for the job; a directory or a place to mount on was.
            let isGone = own.isDirectory || (own != .whiteout && isWhiteout)
            if isGone { list.add(.deleted, entry.path, isDirectory: own.isDirectory) }
            if !isWhiteout && !layer.isUntouched(entry.status, at: entry.relative) { list.add(.added, entry.path) }
        } else if isWhiteout {
            if let below { list.add(.deleted, entry.path, isDirectory: below.kind == .directory) }
        } else if below?.kind == .directory {
            list.add(.deleted, entry.path, isDirectory: true)
            list.add(.added, entry.path)
        } else {
            list.add(below == nil ? .added : .changed, entry.path)
        }
        return nil
    }

    private func lowerEntry(_ name: ByteString) -> EntryStatus? {
        do throws(SystemError) { return try lower?.entry(name) ?? nil } catch { return nil }
    }

    mutating func refuse(_ path: ByteString, _ reason: String) {
        list.leaveOut("\(EscapedPath.text(path)): \(reason)")
    }

    /// Lists directories that isorun made and the job removed: those that the lower layer has not, of which overlay
    /// keeps no mark.
    mutating func listRemovedSkeleton() {
        var removed: Set<ByteString> = []
        for (path, own) in layer.skeleton.sorted(by: { $0.key < $1.key }) where own != .whiteout {
            let status: EntryStatus?
            do throws(SystemError) { status = try layer.upper.statusBeneath(path) } catch { continue }
            guard status == nil else { continue }
            let parent = ByteString(path.bytes.prefix(path.bytes.lastIndex(of: UInt8(ascii: "/")) ?? 0))
            if removed.insert(path).inserted && !removed.contains(parent) {
                list.add(.deleted, layer.path.appending(path.text).bytes, isDirectory: own.isDirectory)
            }
        }
    }
}

extension EntryStatus {
    fileprivate var owner: SkeletonEntry.Owner { SkeletonEntry.Owner(uid: uid, gid: gid) }

    /// Whether permissions and owners are the same.
    fileprivate func hasMetadata(of other: EntryStatus) -> Bool {
        mode == other.mode && uid == other.uid && gid == other.gid
    }
}
