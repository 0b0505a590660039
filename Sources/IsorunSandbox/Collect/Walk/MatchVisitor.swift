internal import IsorunModel
internal import IsorunSystem

/// Takes what a pattern matches.
protocol MatchSink: AnyObject {
    /// A regular file matches, by its lstat; what is opened must be looked at again.
    func take(_ match: Match, from directory: borrowing HeldDirectory)
    /// Something matches and is not taken.
    func refuse(_ path: ByteString, _ reason: String)
}

/// A file that matches a pattern.
struct Match {
    var entry: WalkedEntry
    /// Names of its path that are left out of the layout of copies.
    var prefixCount: Int
    /// Whether the pattern means one path, and this is it.
    var namesOne: Bool

    /// The names below the pattern's fixed part.
    var layout: [ByteString] {
        let names = entry.path.split(separator: UInt8(ascii: "/"))
        return names.suffix(max(names.count - prefixCount, 1)).map { ByteString($0) }
    }
}

/// Finds the files of one layer that the job wrote and a pattern matches.
struct MatchVisitor: LayerVisitor {
    let pattern: PathPattern
    let layer: WrittenLayer
    let sink: any MatchSink
    /// Whether below a directory that matches only what ends in this is meant; all is where it is empty.
    var suffixBelow: [UInt8] = []
    /// Whether anything was found, taken or not.
    var found = false

    mutating func enter(_ directory: borrowing HeldDirectory, _ entry: WalkedEntry?, _ state: inout PathPattern.State) {
    }

    mutating func visit(
        _ entry: WalkedEntry,
        in directory: borrowing HeldDirectory,
        _ state: PathPattern.State
    ) -> PathPattern.State? {
        let next = pattern.advance(state, entry.name)
        if entry.status.kind == .directory { return next.isDead ? nil : next }
        guard !(layer.lower != nil && entry.status.isWhiteout) else { return nil }
        guard next.isMatch else {
            if entry.status.kind == .link && !next.isDead && pattern.expectsOne(state) {
                refuse(ByteString(entry.path), "it is a symbolic link, and links are not followed")
            }
            return nil
        }
        let isUntouched = layer.isUntouched(entry.status, at: entry.relative)
        if isUntouched || (state.isMatch && !suffixBelow.isEmpty && !endsAsMeant(entry.name)) {
            return nil
        }
        guard entry.status.kind == .file else {
            refuse(ByteString(entry.path), entry.status.kind.refusal)
            return nil
        }
        found = true
        sink.take(
            Match(entry: entry, prefixCount: pattern.prefixCount, namesOne: pattern.namesOne && !state.isMatch),
            from: directory
        )
        return nil
    }

    private func endsAsMeant(_ name: ByteString) -> Bool {
        name.bytes.suffix(suffixBelow.count).elementsEqual(suffixBelow)
    }

    mutating func refuse(_ path: ByteString, _ reason: String) {
        found = true
        sink.refuse(path, reason)
    }
}

extension WrittenLayer {
    /// Whether this is a file that isorun put there, to mount on, and nobody wrote to, or a link that it made so.
    func isUntouched(_ entry: EntryStatus, at path: ByteString) -> Bool {
        switch skeleton[path] {
        case .file(let size): entry.kind == .file && entry.size == size && entry.mode & 0o7777 == 0o644
        case .link(let target): entry.kind == .link && upper.linkTarget(path) == target
        case .directory, .whiteout, nil: false
        }
    }
}

extension EntryStatus.Kind {
    /// Why something of this type is not copied.
    var refusal: String {
        switch self {
        case .link: "it is a symbolic link, and links are not followed"
        case .fifo: "it is a named pipe"
        case .socket: "it is a socket"
        case .characterDevice, .blockDevice: "it is a device"
        case .directory: "it is a directory"
        case .file, .unknown: "it is no regular file"
        }
    }
}
