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
    /// The ids that the container had; nil where the caller may do anything to files of any of them.
    var identity: IdentityRange?
    /// What it may take.
    var limits: LayerLimits
    /// What ends it before it is done.
    var cancellation: Cancellation?
    /// The deepest directory.
    var depth = CollectLimits().depth

    /// Stores each layer of the job's root and views, scratch directories left out.
    func store(_ layers: [WrittenLayer]) throws(SystemError) -> StoredLayers {
        var stored = StoredLayers()
        let means = LayerCopy.Means(
            owners: StoredOwners(first: first),
            reader: LayerReader(identity),
            links: try LinkedCopies(in: directory.appending("links")),
            account: LayerAccount(limits, cancellation)
        )
        for layer in layers {
            let copy = LayerCopy(layer, means)
            if layer.lower == nil {
                copy.leaveAll()
            } else {
                let target = directory.appending("\(stored.layers.count)")
                let result = unsafe target.withPlatformString { unsafe mkdir($0, 0o755) }
                if result < 0 { throw SystemError("store a layer in", target.string, Errno(rawValue: errno)) }
                try copy.run(into: HeldDirectory(host: target), depth: depth)
                stored.layers.append(LayerSpec(source: target, destination: layer.path, shown: copy.shown))
            }
            stored.leftOut.add(copy.leftOut)
        }
        try means.links.remove()
        return stored
    }
}

/// What came of it.
struct StoredLayers {
    /// The layers.
    var layers: [LayerSpec] = []
    /// What the job wrote and they do not hold.
    var leftOut = LeftOut()
}

/// Gives what is stored the owner it had inside.
struct StoredOwners {
    /// The host id behind container root; nil where all of it is the caller's own.
    let first: UInt32?

    /// Gives it to an open file; the mode comes after, for chown(2) takes bits of it away.
    func own(_ file: borrowing OwnedDescriptor, _ uid: UInt32, _ gid: UInt32, _ mode: UInt32) throws(SystemError) {
        // The caller has to read it, whatever became of it inside.
        let bits = first == nil ? mode & 0o1777 | 0o600 : mode & 0o1777
        let isOwned = first.map { fchown(file.raw, Self.inside(uid, $0), Self.inside(gid, $0)) == 0 } ?? true
        guard isOwned, fchmod(file.raw, bits) == 0 else {
            throw SystemError("store the owner", "", Errno(rawValue: errno))
        }
    }

    /// Gives it to an open directory.
    func own(
        directory: borrowing OwnedDescriptor,
        _ uid: UInt32,
        _ gid: UInt32,
        _ mode: UInt32
    ) throws(SystemError) {
        try own(directory, uid, gid, first == nil ? mode | 0o100 : mode)
    }

    /// Gives it to a link.
    func own(link name: ByteString, in directory: borrowing HeldDirectory, _ entry: EntryStatus) {
        guard let first else { return }
        let (uid, gid, raw) = (Self.inside(entry.uid, first), Self.inside(entry.gid, first), directory.descriptor.raw)
        _ = unsafe name.withPlatformBytes { unsafe fchownat(raw, $0, uid, gid, AT_SYMLINK_NOFOLLOW) }
    }

    // Owners of lower layers are mapped already; what is outside of the container's range was nobody's inside.
    private static func inside(_ id: UInt32, _ first: UInt32) -> UInt32 {
        id >= first && id - first < 65536 ? id - first : 65534
    }
}
