internal import Glibc
internal import IsorunModel
internal import IsorunSystem
internal import SystemPackage

/// One layer on its way: goes through what a job wrote, and makes the same again.
final class LayerCopy {
    /// What all layers of a job are stored with.
    struct Means {
        let owners: StoredOwners
        let reader: LayerReader
        let links: LinkedCopies
        let account: LayerAccount
    }

    /// What is said of each failure.
    static let action = "keep the build's files"

    private let layer: WrittenLayer
    private let means: Means
    /// What the job made where isorun hides something, by its path in the layer.
    private(set) var shown: Set<String> = []
    /// What the job wrote and nobody will see.
    private(set) var leftOut = LeftOut()

    init(_ layer: WrittenLayer, _ means: Means) {
        self.layer = layer
        self.means = means
    }

    /// Copies all of it.
    func run(into target: borrowing HeldDirectory, depth: Int) throws(SystemError) {
        do throws(SystemError) {
            let top = try layer.upper.status("")
            try means.reader.open(top: layer.upper)
            let first = means.owners.first ?? 0
            try means.owners.own(
                directory: target.descriptor,
                top?.uid ?? first,
                top?.gid ?? first,
                top?.mode ?? 0o755
            )
            try contents(of: layer.upper, into: target, at: [], depth: depth)
        } catch {
            throw told(error, [])
        }
    }

    /// Remembers everything that the job wrote.
    func leaveAll() {
        try? means.reader.open(top: layer.upper)
        leave(layer.upper, at: [])
    }

    private func contents(
        of source: borrowing HeldDirectory,
        into target: borrowing HeldDirectory,
        at path: [UInt8],
        depth: Int
    ) throws(SystemError) {
        guard depth > 0 else {
            throw SystemError("look into it", "", .fileNameTooLong, detail: "it lies too deep")
        }
        for name in try source.byteNames() {
            let path = Self.path(path, name)
            do throws(SystemError) {
                if let entry = try source.entry(name) { try self.entry(name, entry, source, target, path, depth) }
            } catch {
                throw told(error, path)
            }
        }
    }

    private func entry(
        _ name: ByteString,
        _ entry: EntryStatus,
        _ source: borrowing HeldDirectory,
        _ target: borrowing HeldDirectory,
        _ path: [UInt8],
        _ depth: Int
    ) throws(SystemError) {
        let ours = layer.skeleton[ByteString(path)]
        switch entry.kind {
        case .directory:
            if let ours, ours.isOpaque {
                // What every container has empty is covered in the next one too: nothing in it would be seen.
                if let below = try? means.reader.directory(name, in: source) { leave(below, at: path) }
            } else if ours == nil || ours == .whiteout || ours?.isDirectory == true {
                try directory(name, entry, source, target, path, depth)
            } else {
                leftOut.add(place(path))
            }
        case .file, .link:
            guard ours == nil || ours == .whiteout else {
                // What isorun puts there it puts there in the next one too.
                if !layer.isUntouched(entry, at: ByteString(path)) { leftOut.add(place(path)) }
                return
            }
            if ours == .whiteout { show(path) }
            try named(name, entry, source, target)
        case .characterDevice where entry.isWhiteout:
            guard ours == nil || ours?.isDirectory == true else { return }
            try means.account.take(files: 1)
            try target.makeWhiteout(name)
        case .characterDevice, .blockDevice, .fifo, .socket, .unknown: break
        }
    }

    private func directory(
        _ name: ByteString,
        _ entry: EntryStatus,
        _ source: borrowing HeldDirectory,
        _ target: borrowing HeldDirectory,
        _ path: [UInt8],
        _ depth: Int
    ) throws(SystemError) {
        let wasHidden = layer.skeleton[ByteString(path)] == .whiteout
        if wasHidden { show(path) }
        let below = try means.reader.directory(name, in: source)
        try means.account.take(files: 1)
        let made = try target.subdirectory(making: name)
        // What is hidden must not shine through what the job has made in its place.
        if below.isOpaque || wasHidden { try made.makeOpaque(".", privileged: means.owners.first != nil) }
        try contents(of: below, into: made, at: path, depth: depth - 1)
        try means.owners.own(directory: made.descriptor, entry.uid, entry.gid, entry.mode)
        Self.date(made.descriptor, entry)
    }

    /// Copies a file or a link, or gives the copy of one that has several names another.
    private func named(
        _ name: ByteString,
        _ entry: EntryStatus,
        _ source: borrowing HeldDirectory,
        _ target: borrowing HeldDirectory
    ) throws(SystemError) {
        try means.account.take(files: 1)
        if entry.links > 1, try means.links.link(entry, to: name, in: target) { return }
        try means.account.take(bytes: entry.allocated)
        if entry.kind == .file {
            try file(name, entry, source, target)
        } else {
            try link(name, entry, source, target)
        }
        if entry.links > 1 { try means.links.keep(entry, name, in: target) }
    }

    private func file(
        _ name: ByteString,
        _ entry: EntryStatus,
        _ source: borrowing HeldDirectory,
        _ target: borrowing HeldDirectory
    ) throws(SystemError) {
        let from = try means.reader.file(name, in: source)
        try target.replace(name, mode: 0o600) { (to: borrowing OwnedDescriptor) throws(SystemError) in
            try to.fill(from: from.borrowed, size: entry.size)
            try means.owners.own(to, entry.uid, entry.gid, entry.mode)
            Self.date(to, entry)
        }
    }

    private func link(
        _ name: ByteString,
        _ entry: EntryStatus,
        _ source: borrowing HeldDirectory,
        _ target: borrowing HeldDirectory
    ) throws(SystemError) {
        guard let place = source.linkTargetBytes(name) else {
            throw SystemError("read the link", name.text, Errno(rawValue: errno))
        }
        let raw = target.descriptor.raw
        let result = unsafe place.withPlatformBytes { place in
            unsafe name.withPlatformBytes { unsafe symlinkat(place, raw, $0) }
        }
        guard result == 0 else { throw SystemError("make the link", name.text, Errno(rawValue: errno)) }
        means.owners.own(link: name, in: target, entry)
    }

    private static func date(_ file: borrowing OwnedDescriptor, _ entry: EntryStatus) {
        let (seconds, nanoseconds) = entry.modified
        let time = timespec(tv_sec: seconds, tv_nsec: nanoseconds)
        _ = unsafe futimens(file.raw, [time, time])
    }
}

// What is not stored, and what is told.
extension LayerCopy {
    private static func path(_ directory: [UInt8], _ name: ByteString) -> [UInt8] {
        directory.isEmpty ? name.bytes : directory + [UInt8(ascii: "/")] + name.bytes
    }

    /// The path inside, as it is shown.
    private func place(_ path: [UInt8]) -> String {
        let top = layer.path.components.isEmpty ? [] : layer.path.bytes
        let inside = path.isEmpty && !top.isEmpty ? top : top + [UInt8(ascii: "/")] + path
        return EscapedPath.text(ByteString(inside))
    }

    /// An error with the whole path, once.
    private func told(_ error: SystemError, _ path: [UInt8]) -> SystemError {
        if error.action == Self.action { return error }
        let detail = error.detail ?? "cannot \(error.action)"
        return SystemError(Self.action, place(path), error.errno, detail: detail)
    }

    // The skeleton's paths are texts, so nothing is repaired.
    private func show(_ path: [UInt8]) { shown.insert(ByteString(path).text) }

    /// Remembers what the job wrote in a directory that every container has to itself.
    private func leave(_ directory: borrowing HeldDirectory, at path: [UInt8]) {
        for name in (try? directory.byteNames()) ?? [] {
            guard let entry = try? directory.entry(name) else { continue }
            let path = Self.path(path, name)
            if let ours = layer.skeleton[ByteString(path)] {
                guard entry.kind == .directory, ours.isDirectory else { continue }
                if let below = try? means.reader.directory(name, in: directory) { leave(below, at: path) }
            } else if isMissed(name, entry, directory) {
                leftOut.add(place(path))
            }
        }
    }

    /// Whether somebody may look for it: not where it is empty, or what a tool keeps for itself.
    private func isMissed(_ name: ByteString, _ entry: EntryStatus, _ directory: borrowing HeldDirectory) -> Bool {
        switch entry.kind {
        case .file: return entry.size > 0
        case .link: return true
        case .directory:
            if LeftOut.caches.contains(name) { return false }
            guard let below = try? means.reader.directory(name, in: directory) else { return true }
            return (try? below.isEmpty()) != true
        case .fifo, .socket, .characterDevice, .blockDevice, .unknown: return false
        }
    }
}
