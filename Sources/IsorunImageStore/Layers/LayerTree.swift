internal import CIsorunSystem
internal import Glibc
internal import IsorunImages
internal import IsorunModel
internal import IsorunSystem
internal import SystemPackage

/// The directory that a layer is unpacked into, seen together with the layers below it.
///
/// Every path is walked name by name in the merged view, links inside of the image's root, so nothing that a layer says
/// ever names a file outside of its own directory. Directories on the way that only a lower layer has are made here as
/// they are there, for in overlay the topmost one says what a directory is like.
final class LayerTree {
    let top: HeldDirectory
    private let lower: MergedLayers?
    /// `trusted.overlay.opaque`, or `user.overlay.opaque` where the store is not root's.
    private let opaqueKey: String
    /// Directories held open: entries come directory by directory.
    private var held: [[UInt8]: HeldPlace] = [:]
    private var order: [[UInt8]] = []
    /// The times that directories get when nothing changes them any more.
    private var times = DirectoryTimes()
    /// Paths at which this layer said that something is gone before it put something there: a directory that comes
    /// there is opaque.
    private var whiteouts: Set<[UInt8]> = []
    private var whiteoutBytes = 0

    private final class HeldPlace {
        let directory: HeldDirectory
        init(_ directory: consuming HeldDirectory) { self.directory = directory }
    }

    /// A directory of this layer, and a name in it.
    struct Place {
        var directory: Int32
        var name: ByteString
        /// The whole path within the layer.
        var path: [UInt8]
    }

    private static let mostHeld = 128
    private static let mostWhiteoutBytes = 32 << 20
    private static let mostLinks = 40

    init(_ top: consuming HeldDirectory, over lower: MergedLayers?, privileged: Bool) throws(ImageError) {
        self.top = top
        self.lower = lower
        opaqueKey = privileged ? "trusted.overlay.opaque" : "user.overlay.opaque"
        if let lower {
            let root = try telling { () throws(SystemError) in try lower.find("") }
            if let root { try copyDirectory(root, from: [], to: self.top.descriptor.raw) }
        }
    }

    /// Where an entry goes: its parent is made where it is missing, and links on the way are followed.
    func place(_ path: EntryPath, of entry: TarEntry) throws(ImageError) -> Place? {
        guard let name = path.parts.last else { return nil }
        let parent = try directory(Array(path.parts.dropLast()), of: entry)
        return Place(
            directory: parent.descriptor,
            name: ByteString(name),
            path: EntryPath.joined(parent.parts + [name])
        )
    }

    private struct Resolved {
        var descriptor: Int32
        var parts: [[UInt8]]
    }

    private func directory(_ parts: [[UInt8]], of entry: TarEntry) throws(ImageError) -> Resolved {
        if parts.isEmpty { return Resolved(descriptor: top.descriptor.raw, parts: []) }
        let path = EntryPath.joined(parts)
        if let known = held[path] { return Resolved(descriptor: known.directory.descriptor.raw, parts: parts) }
        if let found = try? top.directory(ByteString(path)) {
            return Resolved(descriptor: hold(found, path), parts: parts)
        }
        let walked = try walk(parts, of: entry)
        let real = EntryPath.joined(walked)
        let found = try telling { () throws(SystemError) in try top.directory(ByteString(real)) }
        return Resolved(descriptor: hold(found, real), parts: walked)
    }

    private func hold(_ directory: consuming HeldDirectory, _ path: [UInt8]) -> Int32 {
        let raw = directory.descriptor.raw
        times.keep(path, of: directory)
        if held[path] == nil { order.append(path) }
        held[path] = HeldPlace(directory)
        if order.count > Self.mostHeld { held[order.removeFirst()] = nil }
        return raw
    }

    /// What was held may be something else now.
    private func forget() {
        held = [:]
        order = []
    }

    /// Walks through the merged view: the real path, all of whose directories this layer has afterwards.
    private func walk(_ parts: [[UInt8]], of entry: TarEntry) throws(ImageError) -> [[UInt8]] {
        var done: [[UInt8]] = []
        var ahead = Array(parts.reversed())
        var links = 0
        while let part = ahead.popLast() {
            if part.elementsEqual("..".utf8) {
                _ = done.popLast()
                continue
            }
            let path = EntryPath.joined(done + [part])
            switch try look(done, part, path) {
            case .directory: done.append(part)
            case .lowerDirectory(let found):
                try makeDirectory(path, in: done)
                let directory = try telling { () throws(SystemError) in try top.directory(ByteString(path)) }
                try copyDirectory(found, from: path, to: directory.descriptor.raw)
                done.append(part)
            case .link(let target):
                links += 1
                guard links <= Self.mostLinks else { throw .refused(entry, "too many links lead to it") }
                if target.bytes.first == UInt8(ascii: "/") { done = [] }
                for part in target.bytes.split(separator: UInt8(ascii: "/")).reversed()
                where !part.elementsEqual(".".utf8) {
                    ahead.append(Array(part))
                }
            case .nothing(let isHidden):
                try makeDirectory(path, in: done)
                if isHidden { try makeOpaque(path) }
                done.append(part)
            case .other: throw .refused(entry, "'\(String(decoding: path, as: UTF8.self))' is not a directory")
            }
        }
        return done
    }

    private enum Sight {
        case directory
        case lowerDirectory(MergedLayers.Found)
        case link(ByteString)
        /// Nothing, and whether this layer says so of what is below.
        case nothing(isHidden: Bool)
        case other
    }

    private func look(_ parent: [[UInt8]], _ name: [UInt8], _ path: [UInt8]) throws(ImageError) -> Sight {
        try telling { () throws(SystemError) in
            let parentPath = EntryPath.joined(parent)
            let directory = try top.directory(ByteString(parentPath))
            if let own = try directory.entry(ByteString(name)) {
                if own.isWhiteout {
                    times.keep(parentPath, of: directory)
                    try remove(directory.descriptor.raw, ByteString(name))
                    whiteouts.insert(path)
                    return .nothing(isHidden: true)
                }
                switch own.kind {
                case .directory: return .directory
                case .link: return .link(directory.linkTargetBytes(ByteString(name)) ?? "")
                default: return .other
                }
            }
            guard let below = try lowerEntry(parentPath, path) else { return .nothing(isHidden: false) }
            switch below.status.kind {
            case .directory: return .lowerDirectory(below)
            case .link: return .link(try lower?.linkTarget(ByteString(path), in: below.layer) ?? "")
            default: return .other
            }
        }
    }

    /// What a lower layer has at a path, where this layer lets it shine through.
    private func lowerEntry(_ parent: [UInt8], _ path: [UInt8]) throws(SystemError) -> MergedLayers.Found? {
        guard let lower else { return nil }
        // Every directory on the way is this layer's own, and any of them may be opaque.
        var walked: [UInt8] = []
        for part in parent.split(separator: UInt8(ascii: "/")) {
            walked += (walked.isEmpty ? [] : [UInt8(ascii: "/")]) + part
            if try top.directory(ByteString(walked)).isOpaque { return nil }
        }
        return try lower.find(ByteString(path))
    }

    private func makeDirectory(_ path: [UInt8], in parent: [[UInt8]]) throws(ImageError) {
        try times.keep(EntryPath.joined(parent), below: top)
        let result = unsafe ByteString(path).withPlatformBytes { unsafe mkdirat(top.descriptor.raw, $0, 0o755) }
        guard result == 0 else {
            throw ImageError(SystemError("make the directory", text(path), Errno(rawValue: errno)))
        }
        _ = unsafe ByteString(path).withPlatformBytes { unsafe fchmodat(top.descriptor.raw, $0, 0o755, 0) }
    }

    /// Gives a directory all that a lower layer's has.
    private func copyDirectory(_ found: MergedLayers.Found, from path: [UInt8], to raw: Int32) throws(ImageError) {
        try telling { () throws(SystemError) in
            guard let lower else { return }
            let source = try lower.open(ByteString(path), in: found.layer)
            if fchown(raw, found.status.uid, found.status.gid) != 0 {
                throw SystemError("own the directory", text(path), Errno(rawValue: errno))
            }
            fchmod(raw, found.status.mode & 0o7777)
            _ = try check(isorun_copy_attributes(source.raw, raw), "copy the attributes of", text(path))
            let modified = found.status.modified
            times[path] = timespec(tv_sec: modified.seconds, tv_nsec: modified.nanoseconds)
        }
    }

    // MARK: What stands at a place

    /// Takes away what this layer has at a place.
    func clear(_ place: Place) throws(ImageError) {
        if let own = try own(place), own.isWhiteout { try rememberWhiteout(place.path) }
        try telling { () throws(SystemError) in try remove(place.directory, place.name) }
        forget()
        times[place.path] = nil
    }

    private func remove(_ directory: Int32, _ name: ByteString) throws(SystemError) {
        if unsafe name.withPlatformBytes({ unsafe unlinkat(directory, $0, 0) }) == 0 { return }
        guard errno == EISDIR || errno == EPERM else { throw SystemError("remove", name.text, Errno(rawValue: errno)) }
        let resolve = isorun_resolve_beneath | isorun_resolve_no_symlinks
        let raw = unsafe name.withPlatformBytes {
            unsafe isorun_openat2(directory, $0, UInt64(O_RDONLY | O_DIRECTORY), 0, resolve)
        }
        try HeldDirectory(try OwnedDescriptor(raw, "open the directory", name.text)).removeContents()
        guard unsafe name.withPlatformBytes({ unsafe unlinkat(directory, $0, AT_REMOVEDIR) }) == 0 else {
            throw SystemError("remove the directory", name.text, Errno(rawValue: errno))
        }
    }

    /// What this layer itself has at a place.
    func own(_ place: Place) throws(ImageError) -> EntryStatus? {
        try telling { () throws(SystemError) in
            var found = stat()
            let result = unsafe place.name.withPlatformBytes {
                unsafe fstatat(place.directory, $0, &found, AT_SYMLINK_NOFOLLOW)
            }
            if result == 0 { return EntryStatus(found) }
            if errno == ENOENT { return nil }
            throw SystemError("look at", place.name.text, Errno(rawValue: errno))
        }
    }

    /// What the layers below show at a place.
    func below(_ place: Place) throws(ImageError) -> MergedLayers.Found? {
        try telling { () throws(SystemError) in
            let cut = place.path.lastIndex(of: UInt8(ascii: "/")) ?? 0
            return try lowerEntry(Array(place.path[..<cut]), place.path)
        }
    }

    // MARK: Whiteouts

    /// Says that what lower layers have at a place is gone; what this layer itself has there stays (OCI `layer.md`).
    func whiteOut(_ place: Place) throws(ImageError) {
        guard let below = try below(place) else { return }
        if let own = try own(place) {
            if own.kind == .directory, below.status.kind == .directory { try makeOpaque(place.path) }
            return
        }
        let result = unsafe place.name.withPlatformBytes { unsafe mknodat(place.directory, $0, S_IFCHR, 0) }
        guard result == 0 else {
            throw ImageError(SystemError("make a whiteout of", text(place.path), Errno(rawValue: errno)))
        }
    }

    private func rememberWhiteout(_ path: [UInt8]) throws(ImageError) {
        guard whiteouts.insert(path).inserted else { return }
        whiteoutBytes += path.count
        guard whiteoutBytes <= Self.mostWhiteoutBytes else {
            throw .refused("more than \(Self.mostWhiteoutBytes) bytes of names are gone and come again")
        }
    }

    /// Says that nothing of what lower layers have in a directory is seen any more.
    func hideBelow(_ directory: EntryPath, of entry: TarEntry) throws(ImageError) {
        let found = try self.directory(directory.parts, of: entry)
        guard lower != nil else { return }
        try mark(found.descriptor, text(EntryPath.joined(found.parts)))
    }

    /// Whether this layer said that something is gone from a place.
    func saidGone(_ path: [UInt8]) -> Bool { whiteouts.contains(path) }

    func makeOpaque(_ path: [UInt8]) throws(ImageError) {
        let directory = try telling { () throws(SystemError) in try top.directory(ByteString(path)) }
        try mark(directory.descriptor.raw, text(path))
    }

    private func mark(_ raw: Int32, _ path: String) throws(ImageError) {
        let result = unsafe isorun_set_attribute(raw, ".", opaqueKey, "y")
        if result < 0 {
            throw ImageError(SystemError("hide what is below", path, Errno(rawValue: -result)))
        }
    }

    // MARK: Links and times

    /// Finds what a hard link is another name of; where only a lower layer has it, it is copied up first.
    func target(_ path: EntryPath, of entry: TarEntry) throws(ImageError) -> Place {
        guard let found = try place(path, of: entry) else {
            throw .refused(entry, "it is a hard link to the root")
        }
        if let own = try own(found) {
            guard own.kind != .directory else { throw .refused(entry, "it is a hard link to a directory") }
            guard !own.isWhiteout else { throw .refused(entry, "it is a hard link to what is not there") }
            return found
        }
        guard let below = try below(found) else {
            throw .refused(entry, "it is a hard link to \(ImageError.printable(text(found.path))), which is not there")
        }
        guard below.status.kind == .file else {
            throw .refused(entry, "it is a hard link to what a lower layer has as something else than a file")
        }
        try copyUp(below, to: found)
        return found
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

    /// Remembers the time that a directory gets at the end.
    func setTime(_ path: [UInt8], _ time: timespec) { times[path] = time }

    /// Gives directories their times: at the end, and between two entries where there are too many to remember.
    func applyTimes(isEnd: Bool) {
        guard isEnd || times.isLarge else { return }
        forget()
        times.apply(below: top)
    }

    private func text(_ path: [UInt8]) -> String { String(decoding: path, as: UTF8.self) }
}
