internal import CIsorunSystem
internal import Glibc
internal import IsorunImages
internal import IsorunModel
internal import IsorunSystem
internal import SystemPackage

/// Unpacks one layer: what the archive says becomes files as overlay wants them.
///
/// `.wh.NAME` becomes a whiteout and `.wh..wh..opq` an opaque directory (OCI `layer.md`). What could mislead overlay
/// later, its own device numbers and attributes in an archive, is refused, as is whatever leads out.
struct LayerUnpacker {
    /// What a store's user may do.
    struct Rights: Sendable {
        /// Whether this is root in the host's own user namespace.
        var privileged: Bool
        /// Whether all files are the caller's, as only that id is mapped.
        var singleOwner: Bool

        init(privileged: Bool, singleOwner: Bool = false) {
            self.privileged = privileged
            self.singleOwner = singleOwner
        }
    }

    private let tree: LayerTree
    private let rights: Rights
    /// Bytes of all files.
    private(set) var size: UInt64 = 0
    /// What was left out for want of rights, by kind.
    private(set) var omitted: [String: Int] = [:]

    init(_ top: consuming HeldDirectory, over lower: MergedLayers?, rights: Rights) throws(ImageError) {
        tree = try LayerTree(top, over: lower, privileged: rights.privileged)
        self.rights = rights
    }

    /// Unpacks all entries.
    mutating func unpack(_ reader: TarReader) throws(ImageError) {
        while let entry = try reader.next() {
            if isInterrupted() { throw ImageError(.failed, "interrupted") }
            tree.applyTimes(isEnd: false)
            let path = try EntryPath(entry.path, of: entry)
            if let name = path.parts.last, name.starts(with: ".wh.".utf8) {
                try whiteOut(entry, path, name)
            } else {
                try make(entry, path, reader)
            }
        }
        try reader.drain()
        tree.applyTimes(isEnd: true)
    }

    private func isInterrupted() -> Bool { Interruption.isRequested }

    private func whiteOut(_ entry: TarEntry, _ path: EntryPath, _ name: [UInt8]) throws(ImageError) {
        var target = path
        target.parts.removeLast()
        if name.elementsEqual(".wh..wh..opq".utf8) { return try tree.hideBelow(target, of: entry) }
        // aufs's own files: nothing of the image.
        if name.starts(with: ".wh..wh.".utf8) { return }
        let hidden = Array(name.dropFirst(4))
        guard !hidden.isEmpty, !hidden.elementsEqual(".".utf8), !hidden.elementsEqual("..".utf8) else {
            throw .refused(
                entry,
                "it is a whiteout of \(ImageError.printable(String(decoding: hidden, as: UTF8.self)))"
            )
        }
        target.parts.append(hidden)
        try tree.whiteOut(target, of: entry)
    }

    private mutating func make(_ entry: TarEntry, _ path: EntryPath, _ reader: TarReader) throws(ImageError) {
        for (key, _) in entry.attributes where Self.isOverlays(key) {
            throw .refused(entry, "it has an attribute of overlay's own")
        }
        guard let place = try tree.place(path, of: entry) else {
            guard entry.kind == .directory else { throw .refused(entry, "it takes the place of the root") }
            return try dress(tree.top.descriptor.raw, entry, path: [])
        }
        switch entry.kind {
        case .directory: try makeDirectory(entry, place)
        case .file: try makeFile(entry, place, reader)
        case .link: try makeLink(entry, place)
        case .hardLink: try makeHardLink(entry, place)
        case .fifo: try makeNode(entry, place, S_IFIFO, 0)
        case .characterDevice, .blockDevice:
            let number = isorun_device_number(entry.device.major, entry.device.minor)
            guard entry.kind == .blockDevice || number != 0 else {
                throw .refused(entry, "a character device 0:0 is overlay's mark for what is gone")
            }
            try makeNode(entry, place, entry.kind == .blockDevice ? S_IFBLK : S_IFCHR, number)
        case .other: throw .refused(entry, "it is neither a file, a directory, a link, a fifo nor a device")
        }
    }

    private static func isOverlays(_ key: [CChar]) -> Bool {
        let name = key.map { UInt8(bitPattern: $0) }
        return name.starts(with: "trusted.overlay.".utf8) || name.starts(with: "user.overlay.".utf8)
    }

    // MARK: Making

    /// Makes something under a name, in place of what this layer had there.
    private func create(
        _ entry: TarEntry,
        _ place: LayerTree.Place,
        _ make: (UnsafePointer<CChar>) -> Int32
    ) throws(ImageError) -> Int32 {
        var result = unsafe place.name.withPlatformBytes(make)
        if result < 0, errno == EEXIST {
            try tree.clear(place)
            result = unsafe place.name.withPlatformBytes(make)
        }
        guard result >= 0 else { throw Self.failure(entry, errno) }
        return result
    }

    private static func failure(_ entry: TarEntry, _ number: Int32) -> ImageError {
        let answer = Errno(rawValue: number)
        return ImageError("entry \(ImageError.printable(entry.text)): \(answer.text)", answer)
    }

    private func makeDirectory(_ entry: TarEntry, _ place: LayerTree.Place) throws(ImageError) {
        var isHidden = false
        if unsafe place.name.withPlatformBytes({ unsafe mkdirat(place.directory, $0, 0o700) }) != 0 {
            guard errno == EEXIST, let own = try tree.own(place) else { throw Self.failure(entry, errno) }
            if own.kind != .directory {
                isHidden = own.isWhiteout
                try tree.clear(place)
                return try makeAnew(entry, place, isHidden: isHidden)
            }
        }
        try dressDirectory(entry, place)
    }

    private func makeAnew(_ entry: TarEntry, _ place: LayerTree.Place, isHidden: Bool) throws(ImageError) {
        guard unsafe place.name.withPlatformBytes({ unsafe mkdirat(place.directory, $0, 0o700) }) == 0 else {
            throw Self.failure(entry, errno)
        }
        if tree.saidGone(place.path) || isHidden { try tree.makeOpaque(place.path) }
        try dressDirectory(entry, place)
    }

    private func dressDirectory(_ entry: TarEntry, _ place: LayerTree.Place) throws(ImageError) {
        let flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
        let raw = unsafe place.name.withPlatformBytes { unsafe openat(place.directory, $0, flags) }
        guard raw >= 0 else { throw Self.failure(entry, errno) }
        let directory = OwnedDescriptor(raw)
        try dress(directory.raw, entry, path: place.path)
    }

    private mutating func makeFile(
        _ entry: TarEntry,
        _ place: LayerTree.Place,
        _ reader: TarReader
    ) throws(ImageError) {
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
        let directory = place.directory
        let raw = unsafe try create(entry, place) { unsafe openat(directory, $0, flags, 0o600) }
        let file = OwnedDescriptor(raw)
        var end: Int64 = 0
        try unsafe reader.forEachPiece { bytes, offset throws(ImageError) in
            var done = 0
            while done < bytes.count {
                let count = unsafe pwrite(
                    raw,
                    bytes.baseAddress?.advanced(by: done),
                    bytes.count - done,
                    off_t(offset) + off_t(done)
                )
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { throw Self.failure(entry, errno) }
                done += count
            }
            end = offset + Int64(bytes.count)
        }
        // A hole at the end is nothing that was written.
        if entry.size > end, ftruncate(raw, off_t(entry.size)) != 0 { throw Self.failure(entry, errno) }
        size += UInt64(max(entry.size, 0))
        try dress(file.raw, entry, path: nil)
    }

    private func makeLink(_ entry: TarEntry, _ place: LayerTree.Place) throws(ImageError) {
        guard !entry.target.isEmpty else { throw .refused(entry, "it is a link to nothing") }
        let directory = place.directory
        _ = unsafe try create(entry, place) { name in
            unsafe ByteString(entry.target).withPlatformBytes { unsafe symlinkat($0, directory, name) }
        }
        try dress(entry, place)
    }

    private func makeNode(
        _ entry: TarEntry,
        _ place: LayerTree.Place,
        _ type: mode_t,
        _ number: UInt64
    ) throws(ImageError) {
        // Who may not make devices leaves them out: a container sees those of its own /dev alone.
        if type != S_IFIFO && !rights.privileged { return }
        let directory = place.directory
        _ = unsafe try create(entry, place) { unsafe mknodat(directory, $0, type | 0o600, dev_t(number)) }
        _ = unsafe place.name.withPlatformBytes {
            unsafe fchownat(directory, $0, uid_t(0), gid_t(0), AT_SYMLINK_NOFOLLOW)
        }
        try dress(entry, place)
        _ = unsafe place.name.withPlatformBytes { unsafe fchmodat(directory, $0, mode_t(entry.mode), 0) }
        setTime(entry, place)
    }

    private func makeHardLink(_ entry: TarEntry, _ place: LayerTree.Place) throws(ImageError) {
        let path = try EntryPath(entry.target, of: entry)
        let target = try tree.target(path, of: entry)
        // A second name of itself, as some archives have it.
        if target.path == place.path { return }
        guard let place = try tree.place(EntryPath(place.path, of: entry), of: entry) else { return }
        let directory = place.directory
        let found = try tree.target(path, of: entry)
        _ = unsafe try create(entry, place) { name in
            unsafe found.name.withPlatformBytes { unsafe linkat(found.directory, $0, directory, name, 0) }
        }
    }

    // MARK: Owners, modes, attributes, times

    private func dress(_ raw: Int32, _ entry: TarEntry, path: [UInt8]?) throws(ImageError) {
        let owner = try owner(of: entry)
        guard fchown(raw, owner.uid, owner.gid) == 0 else { throw ownership(entry, errno) }
        // After the owner: a change of owner takes set-ID bits and capabilities away.
        guard fchmod(raw, mode_t(entry.mode)) == 0 else { throw Self.failure(entry, errno) }
        try unsafe setAttributes(entry) { key, value in
            unsafe isorun_set_attribute_bytes(raw, "", key, value.baseAddress, value.count)
        }
        let time = Self.time(entry)
        if let path {
            tree.setTime(path, time)
        } else {
            _ = unsafe futimens(raw, [time, time])
        }
    }

    private func dress(_ entry: TarEntry, _ place: LayerTree.Place) throws(ImageError) {
        let owner = try owner(of: entry)
        let result = unsafe place.name.withPlatformBytes {
            unsafe fchownat(place.directory, $0, owner.uid, owner.gid, AT_SYMLINK_NOFOLLOW)
        }
        guard result == 0 else { throw ownership(entry, errno) }
        try unsafe setAttributes(entry) { key, value in
            unsafe place.name.withPlatformBytes { name in
                unsafe isorun_set_attribute_bytes(place.directory, name, key, value.baseAddress, value.count)
            }
        }
        setTime(entry, place)
    }

    private func setTime(_ entry: TarEntry, _ place: LayerTree.Place) {
        let time = Self.time(entry)
        _ = unsafe place.name.withPlatformBytes {
            unsafe utimensat(place.directory, $0, [time, time], AT_SYMLINK_NOFOLLOW)
        }
    }

    private static func time(_ entry: TarEntry) -> timespec {
        timespec(tv_sec: entry.seconds, tv_nsec: entry.nanoseconds)
    }

    private func owner(of entry: TarEntry) throws(ImageError) -> (uid: UInt32, gid: UInt32) {
        if rights.singleOwner { return (0, 0) }
        // 2^32 - 1 means to leave it as it is.
        guard 0..<Int64(UInt32.max) ~= entry.uid, 0..<Int64(UInt32.max) ~= entry.gid else {
            throw .refused(entry, "its owner \(entry.uid):\(entry.gid) is no id")
        }
        return (UInt32(entry.uid), UInt32(entry.gid))
    }

    private func ownership(_ entry: TarEntry, _ number: Int32) -> ImageError {
        guard number == EINVAL else { return Self.failure(entry, number) }
        return ImageError(
            .refused,
            "entry \(ImageError.printable(entry.text)): its owner \(entry.uid):\(entry.gid) is none of your ids",
            hint: "a longer range in /etc/subuid and /etc/subgid gives more"
        )
    }

    private func setAttributes(
        _ entry: TarEntry,
        _ set: ([CChar], UnsafeRawBufferPointer) -> Int32
    ) throws(ImageError) {
        for (key, value) in entry.attributes {
            // Labels of the host's security module are the host's.
            if key.starts(with: "security.selinux".utf8.map { CChar(bitPattern: $0) }) { continue }
            let result = unsafe value.withUnsafeBytes { unsafe set(key, $0) }
            // What this file system or this user cannot have is left out, as docker and umoci do.
            if result < 0, ![-ENOTSUP, -EPERM].contains(result) {
                let name = String(decoding: key.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
                throw Self.failure(entry, -result).about("attribute \(name)")
            }
        }
    }
}

extension ImageError {
    fileprivate func about(_ subject: String) -> ImageError { ImageError(kind, "\(message) (\(subject))", hint: hint) }
}
