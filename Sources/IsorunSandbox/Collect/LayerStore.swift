internal import CIsorunSystem
internal import Glibc
internal import IsorunModel
internal import IsorunSystem
internal import SystemPackage

/// Stores what a job wrote, so that it can lie read-only under other jobs.
///
/// The writable layer is a tmpfs whose owners are those of one container. A stored layer lies on disk with the owners
/// as they were inside, and is idmapped for each container that gets it, just as the host's files are. Without root it is
/// the caller's, who is root inside, and overlay takes its marks from attributes of users. Overlay's own
/// marks (whiteouts, opaque directories) are kept, but for those that isorun put there: each job has its own. Names
/// and types are the job's and hostile: everything goes through held directories and no link is followed. Set-ID bits,
/// devices, fifos and sockets are left out.
struct LayerStore {
    /// A directory that only the keeper's user enters.
    var directory: FilePath
    /// The host id behind container root; nil where all of it is to be the caller's own.
    var first: UInt32?
    /// The deepest directory.
    var depth = CollectLimits().depth

    /// Stores each layer of the job's root and views, scratch directories left out.
    func store(_ layers: [WrittenLayer]) throws(SystemError) -> [LayerSpec] {
        var stored: [LayerSpec] = []
        for layer in layers where layer.lower != nil {
            let target = directory.appending("\(stored.count)")
            let result = unsafe target.withPlatformString { unsafe mkdir($0, 0o755) }
            if result < 0 { throw SystemError("store a layer in", target.string, Errno(rawValue: errno)) }
            let copy = LayerCopy(skeleton: layer.skeleton, first: first)
            let held = try HeldDirectory(host: target)
            let top = try layer.upper.status("")
            try copy.own(held.descriptor, top?.uid ?? first ?? 0, top?.gid ?? first ?? 0, top?.mode ?? 0o755)
            try copy.contents(of: layer.upper, into: held, at: [], depth: depth)
            stored.append(LayerSpec(source: target, destination: layer.path))
        }
        return stored
    }
}

/// One layer on its way.
private struct LayerCopy {
    let skeleton: [String: SkeletonEntry]
    let first: UInt32?

    init(skeleton: [String: SkeletonEntry], first: UInt32?) {
        self.skeleton = skeleton
        self.first = first
    }

    func contents(
        of source: borrowing HeldDirectory,
        into target: borrowing HeldDirectory,
        at path: [UInt8],
        depth: Int
    ) throws(SystemError) {
        guard depth > 0 else {
            throw SystemError("store a layer", String(decoding: path, as: UTF8.self), .fileNameTooLong)
        }
        var names: [ByteString] = []
        try source.forEachName {
            names.append($0); return true
        }
        for name in names {
            let path = path.isEmpty ? name.bytes : path + [UInt8(ascii: "/")] + name.bytes
            guard let entry = try source.entry(name) else { continue }
            try self.entry(name, entry, source, target, path, depth)
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
        let ours = skeleton[String(decoding: path, as: UTF8.self)]
        let isOurs = ours != nil
        switch entry.kind {
        case .directory:
            // What every container has empty is covered in the next one too: nothing in it would be seen.
            if case .directory(_, _, isOpaque: true) = ours { return }
            let below = try source.directory(name)
            let made = try target.subdirectory(making: name)
            if below.isOpaque && !isOurs { try made.makeOpaque(".", privileged: first != nil) }
            try contents(of: below, into: made, at: path, depth: depth - 1)
            try own(made.descriptor, entry.uid, entry.gid, first == nil ? entry.mode | 0o100 : entry.mode)
            Self.date(made.descriptor, entry)
        case .file where isOurs: break
        case .file: try file(name, entry, source, target)
        case .link: try link(name, entry, source, target)
        case .characterDevice where entry.isWhiteout && !isOurs: try target.makeWhiteout(name.text)
        case .characterDevice, .blockDevice, .fifo, .socket, .unknown: break
        }
    }

    private func file(
        _ name: ByteString,
        _ entry: EntryStatus,
        _ source: borrowing HeldDirectory,
        _ target: borrowing HeldDirectory
    ) throws(SystemError) {
        let from = try source.file(name)
        try target.replace(name, mode: 0o600) { (to: borrowing OwnedDescriptor) throws(SystemError) in
            try to.fill(from: from.borrowed, size: entry.size)
            try own(to, entry.uid, entry.gid, entry.mode)
            Self.date(to, entry)
        }
    }

    private func link(
        _ name: ByteString,
        _ entry: EntryStatus,
        _ source: borrowing HeldDirectory,
        _ target: borrowing HeldDirectory
    ) throws(SystemError) {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let closed = name.bytes.map { CChar(bitPattern: $0) } + [0]
        let length = unsafe readlinkat(source.descriptor.raw, closed, &buffer, buffer.count - 1)
        guard length > 0 else { throw SystemError("read the link", name.text, Errno(rawValue: errno)) }
        buffer[length] = 0
        guard unsafe symlinkat(buffer, target.descriptor.raw, closed) == 0 else {
            throw SystemError("make the link", name.text, Errno(rawValue: errno))
        }
        guard let first else { return }
        let (uid, gid) = (Self.inside(entry.uid, first), Self.inside(entry.gid, first))
        _ = unsafe fchownat(target.descriptor.raw, closed, uid, gid, AT_SYMLINK_NOFOLLOW)
    }

    /// Gives the file the owner it had inside; the mode comes after, for chown(2) takes bits of it away.
    func own(_ file: borrowing OwnedDescriptor, _ uid: UInt32, _ gid: UInt32, _ mode: UInt32) throws(SystemError) {
        // The caller has to read it, whatever became of it inside.
        let bits = first == nil ? mode & 0o1777 | 0o600 : mode & 0o1777
        let isOwned = first.map { fchown(file.raw, Self.inside(uid, $0), Self.inside(gid, $0)) == 0 } ?? true
        guard isOwned, fchmod(file.raw, bits) == 0 else {
            throw SystemError("store the owner of a file of a layer", "", Errno(rawValue: errno))
        }
    }

    // Owners of lower layers are mapped already; what is outside of the container's range was nobody's inside.
    private static func inside(_ id: UInt32, _ first: UInt32) -> UInt32 {
        id >= first && id - first < 65536 ? id - first : 65534
    }

    private static func date(_ file: borrowing OwnedDescriptor, _ entry: EntryStatus) {
        let (seconds, nanoseconds) = entry.modified
        let time = timespec(tv_sec: seconds, tv_nsec: nanoseconds)
        _ = unsafe futimens(file.raw, [time, time])
    }
}
