internal import CIsorunSystem
internal import Glibc
internal import IsorunImages
internal import IsorunModel
internal import IsorunSystem
internal import SystemPackage

extension LayerTree {
    /// Finds what a hard link is another name of; where only a lower layer has it, it is copied up first.
    func target(_ path: EntryPath, of entry: TarEntry) throws(ImageError) -> Place {
        guard !path.parts.isEmpty else { throw .refused(entry, "it is a hard link to the root") }
        guard let found = try mention(path, of: entry) else { throw Self.noTarget(EntryPath.joined(path.parts), entry) }
        if let own = try own(found) {
            guard own.kind != .directory else { throw .refused(entry, "it is a hard link to a directory") }
            guard !own.isWhiteout else { throw .refused(entry, "it is a hard link to what is not there") }
            return found
        }
        guard let below = try below(found) else { throw Self.noTarget(found.path, entry) }
        guard below.status.kind == .file else {
            throw .refused(entry, "it is a hard link to what a lower layer has as something else than a file")
        }
        try copyUp(below, to: found)
        try borrow(found.path)
        return found
    }

    private static func noTarget(_ path: [UInt8], _ entry: TarEntry) -> ImageError {
        let name = ImageError.printable(String(decoding: path, as: UTF8.self))
        return .refused(entry, "it is a hard link to \(name), which is not there")
    }

    private func copyUp(_ found: MergedLayers.Found, to place: Place) throws(ImageError) {
        try telling { () throws(SystemError) in
            guard let lower else { return }
            let source = try lower.open(ByteString(place.path), in: found.layer)
            let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
            let raw = unsafe place.name.withPlatformBytes { unsafe openat(place.directory, $0, flags, 0o600) }
            let file = try OwnedDescriptor(raw < 0 ? -errno : raw, "copy up", text(place.path))
            try file.fill(from: source.borrowed, size: found.status.size)
            fchown(file.raw, found.status.uid, found.status.gid)
            fchmod(file.raw, found.status.mode & 0o7777)
            _ = try check(isorun_copy_attributes(source.raw, file.raw), "copy the attributes of", text(place.path))
            let modified = timespec(
                tv_sec: found.status.modified.seconds,
                tv_nsec: found.status.modified.nanoseconds
            )
            _ = unsafe futimens(file.raw, [modified, modified])
        }
    }
}
