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
    let lower: MergedLayers?
    /// `trusted.overlay.opaque`, or `user.overlay.opaque` where the store is not root's.
    private let opaqueKey: String
    /// Directories held open: entries come directory by directory.
    private var held: [[UInt8]: HeldPlace] = [:]
    private var order: [[UInt8]] = []
    /// The times that directories get when nothing changes them any more.
    private var times = DirectoryTimes()
    /// Paths at which this layer said that something is gone before it put something there: a directory that comes
    /// there is opaque.
    private var whiteouts = PathSet()
    /// Paths at which something of a lower layer was copied up for the sake of another entry, and of which this layer
    /// itself has said nothing: for a whiteout they are still the lower layer's.
    private var borrowed = PathSet()

    fileprivate final class HeldPlace {
        let directory: HeldDirectory
        init(_ directory: consuming HeldDirectory) { self.directory = directory }
    }

    /// A directory of this layer, and a name in it.
    ///
    /// The directory stays open as long as this is there, whatever the tree forgets meanwhile: its number would else be
    /// nobody's, or another directory's.
    struct Place {
        /// Nil for the layer's own, which the tree has.
        fileprivate let holder: HeldPlace?
        let directory: Int32
        var name: ByteString
        /// The whole path within the layer.
        var path: [UInt8]
    }

    private static let mostHeld = 128
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
    ///
    /// - Returns: nil for the root.
    func place(_ path: EntryPath, of entry: TarEntry) throws(ImageError) -> Place? {
        guard let place = try find(path, of: entry, makesParents: true) else { return nil }
        if !borrowed.isEmpty {
            // It and all directories that it is in are this layer's from now on.
            for (index, byte) in place.path.enumerated() where byte == UInt8(ascii: "/") {
                borrowed.remove(Array(place.path[..<index]))
            }
            borrowed.remove(place.path)
        }
        return place
    }

    /// Where something is that this layer speaks of without having it; nil where its parent is not there.
    func mention(_ path: EntryPath, of entry: TarEntry) throws(ImageError) -> Place? {
        try find(path, of: entry, makesParents: false)
    }

    private func find(_ path: EntryPath, of entry: TarEntry, makesParents: Bool) throws(ImageError) -> Place? {
        guard let name = path.parts.last,
            let parent = try directory(Array(path.parts.dropLast()), of: entry, makesMissing: makesParents)
        else { return nil }
        return Place(
            holder: parent.holder,
            directory: parent.descriptor,
            name: ByteString(name),
            path: EntryPath.joined(parent.parts + [name])
        )
    }

    private struct Resolved {
        var holder: HeldPlace?
        var descriptor: Int32
        var parts: [[UInt8]]

        init(_ holder: HeldPlace, _ parts: [[UInt8]]) {
            (self.holder, descriptor, self.parts) = (holder, holder.directory.descriptor.raw, parts)
        }

        init(top: borrowing HeldDirectory) {
            (descriptor, parts) = (top.descriptor.raw, [])
        }
    }

    private func directory(
        _ parts: [[UInt8]],
        of entry: TarEntry,
        makesMissing: Bool
    ) throws(ImageError) -> Resolved? {
        if parts.isEmpty { return Resolved(top: top) }
        let path = EntryPath.joined(parts)
        if let known = held[path] { return Resolved(known, parts) }
        if let found = try? top.directory(ByteString(path)) { return Resolved(hold(found, path), parts) }
        guard let walked = try walk(parts, of: entry, makesMissing: makesMissing) else { return nil }
        let real = EntryPath.joined(walked)
        let found = try telling { () throws(SystemError) in try top.directory(ByteString(real)) }
        return Resolved(hold(found, real), walked)
    }

    private func hold(_ directory: consuming HeldDirectory, _ path: [UInt8]) -> HeldPlace {
        times.keep(path, of: directory)
        if held[path] == nil { order.append(path) }
        let holder = HeldPlace(directory)
        held[path] = holder
        if order.count > Self.mostHeld { held[order.removeFirst()] = nil }
        return holder
    }

    /// What was held may be something else now.
    private func forget() {
        held = [:]
        order = []
    }

    /// Walks through the merged view: the real path, all of whose directories this layer has afterwards.
    ///
    /// - Returns: nil where one is missing and is not to be made.
    private func walk(_ parts: [[UInt8]], of entry: TarEntry, makesMissing: Bool) throws(ImageError) -> [[UInt8]]? {
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
                try borrow(path)
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
                guard makesMissing else { return nil }
                if isHidden { try removeWhiteout(path, in: done, part) }
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
                if own.isWhiteout { return .nothing(isHidden: true) }
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

    private func removeWhiteout(_ path: [UInt8], in parent: [[UInt8]], _ name: [UInt8]) throws(ImageError) {
        try rememberWhiteout(path)
        try telling { () throws(SystemError) in
            let parentPath = EntryPath.joined(parent)
            let directory = try top.directory(ByteString(parentPath))
            times.keep(parentPath, of: directory)
            try remove(directory.descriptor.raw, ByteString(name))
        }
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

    /// Says that what lower layers have at a path is gone; what this layer itself has there stays (OCI `layer.md`).
    func whiteOut(_ path: EntryPath, of entry: TarEntry) throws(ImageError) {
        guard let place = try mention(path, of: entry) else { return }
        let below = try below(place)
        if let own = try own(place) {
            guard borrowed.contains(place.path) else {
                if own.kind == .directory, below?.status.kind == .directory { try makeOpaque(place.path) }
                return
            }
            try clear(place)
            borrowed.remove(place.path)
        }
        if below == nil { return }
        let result = unsafe place.name.withPlatformBytes { unsafe mknodat(place.directory, $0, S_IFCHR, 0) }
        guard result == 0 else {
            throw ImageError(SystemError("make a whiteout of", text(place.path), Errno(rawValue: errno)))
        }
    }

    private func rememberWhiteout(_ path: [UInt8]) throws(ImageError) {
        try whiteouts.insert(path, "are gone and come again")
    }

    func borrow(_ path: [UInt8]) throws(ImageError) {
        try borrowed.insert(path, "are copied up for other entries")
    }

    /// Says that nothing of what lower layers have in a directory is seen any more.
    func hideBelow(_ directory: EntryPath, of entry: TarEntry) throws(ImageError) {
        guard lower != nil, let found = try self.directory(directory.parts, of: entry, makesMissing: false) else {
            return
        }
        try makeOpaque(EntryPath.joined(found.parts))
    }

    /// Whether this layer said that something is gone from a place.
    func saidGone(_ path: [UInt8]) -> Bool { whiteouts.contains(path) }

    func makeOpaque(_ path: [UInt8]) throws(ImageError) {
        try giveBack(in: path)
        let directory = try telling { () throws(SystemError) in try top.directory(ByteString(path)) }
        try mark(directory.descriptor.raw, text(path))
    }

    /// Takes away what stands in a directory for the lower layers' sake alone.
    private func giveBack(in path: [UInt8]) throws(ImageError) {
        let start = path.isEmpty ? [] : path + [UInt8(ascii: "/")]
        let inside = borrowed.paths.filter { $0.starts(with: start) }
        if inside.isEmpty { return }
        try telling { () throws(SystemError) in
            for path in inside {
                borrowed.remove(path)
                times[path] = nil
                let cut = path.lastIndex(of: UInt8(ascii: "/"))
                let parentPath = Array(path[..<(cut ?? 0)])
                // It may be gone with a directory that it was in.
                guard let parent = try? top.directory(ByteString(parentPath)) else { continue }
                let name = ByteString(Array(path[(cut.map { $0 + 1 } ?? 0)...]))
                guard try parent.entry(name) != nil else { continue }
                times.keep(parentPath, of: parent)
                try remove(parent.descriptor.raw, name)
            }
        }
        forget()
    }

    private func mark(_ raw: Int32, _ path: String) throws(ImageError) {
        let result = unsafe isorun_set_attribute(raw, ".", opaqueKey, "y")
        if result < 0 {
            throw ImageError(SystemError("hide what is below", path, Errno(rawValue: -result)))
        }
    }

    // MARK: Times

    /// Remembers the time that a directory gets at the end.
    func setTime(_ path: [UInt8], _ time: timespec) { times[path] = time }

    /// Gives directories their times: at the end, and between two entries where there are too many to remember.
    func applyTimes(isEnd: Bool) {
        guard isEnd || times.isLarge else { return }
        forget()
        times.apply(below: top)
    }

    func text(_ path: [UInt8]) -> String { String(decoding: path, as: UTF8.self) }
}
