internal import CIsorunSystem
internal import Glibc
internal import IsorunModel
internal import IsorunReporting
internal import IsorunSystem
package import SystemPackage

/// Where images are, and what a container is started with of them.
///
/// The store is an OCI layout (`oci-layout`, `index.json`, `blobs/`) with two folders beside it: `layers/`, where each
/// layer stands unpacked under its chain's digest, and `images/`, with what a container needs to know of each image.
/// Nothing here writes; what does is not linked into the program that starts a container.
package struct ImageStore: ~Copyable, Sendable {
    /// Where it is.
    package let path: FilePath

    /// Names a store, which need not be there.
    package init(at path: FilePath) {
        self.path = path
    }

    /// The caller's own: `/var/lib/isorun/images` for root, below `$XDG_DATA_HOME` or `~/.local/share` for others;
    /// `ISORUN_IMAGES` names another.
    package static var ownPath: FilePath {
        if let named = variable("ISORUN_IMAGES") { return named }
        if realUser == 0 { return "/var/lib/isorun/images" }
        if let data = variable("XDG_DATA_HOME") { return data.appending("isorun").appending("images") }
        let home = variable("HOME") ?? FilePath("/tmp/isorun-\(realUser)")
        return home.appending([".local", "share", "isorun", "images"].map { FilePath.Component(stringLiteral: $0) })
    }

    /// Who called: inside of the user namespace in which a store is written, that is not 0.
    private static var realUser: UInt32 {
        // The map's first line: what stands behind the id 0 of this namespace.
        guard geteuid() == 0, let map = try? SmallFile.read("/proc/self/uid_map") else { return geteuid() }
        let numbers = String(decoding: map, as: UTF8.self).split(whereSeparator: \.isWhitespace).prefix(3)
        guard numbers.count == 3, numbers[0] == "0", let outside = UInt32(numbers[1]) else { return 0 }
        return outside
    }

    private static func variable(_ name: String) -> FilePath? {
        guard let value = unsafe getenv(name) else { return nil }
        let path = unsafe FilePath(platformString: value)
        return path.isAbsolute ? path.lexicallyNormalized() : nil
    }

    /// The images there are; none where there is no store.
    package func index() throws(ImageError) -> StoreIndex {
        let bytes: [UInt8]
        do throws(SystemError) {
            bytes = try SmallFile.read(path.appending("index.json"))
        } catch  where error.errno == .noSuchFileOrDirectory {
            return StoreIndex()
        } catch  where error.errno == .permissionDenied {
            throw ImageError(.failed, "the store \(path) is another user's")
        } catch {
            throw ImageError(error)
        }
        return try StoreIndex(parsing: bytes)
    }

    /// What is stored of an unpacked image, without a hold on it.
    package func record(_ id: Digest) -> ImageRecord? {
        let file = path.appending("images").appending(id.hex).appending("record.json")
        return (try? SmallFile.read(file)).flatMap { ImageRecord(parsing: $0) }
    }

    /// Takes hold of the image that a reference means, so that nobody removes it meanwhile.
    ///
    /// - Returns: nil where there is none for the platform.
    package func hold(_ reference: String, platform: Platform?) throws(ImageError) -> HeldImage? {
        // An image that is removed between the two looks is looked for again; a name may have moved.
        for _ in 0..<3 {
            guard let entry = try index().matching(reference).first else { return nil }
            guard (platform ?? entry.platform).accepts(entry.platform) else { return nil }
            if let held = try hold(entry.id, called: reference) { return held }
        }
        return nil
    }

    /// Takes hold of an image by its id; nil where it is not there.
    package func hold(_ id: Digest, called reference: String) throws(ImageError) -> HeldImage? {
        let directory = path.appending("images").appending(id.hex)
        let lockPath = directory.appending("lock")
        let raw = unsafe lockPath.withPlatformString { unsafe open($0, O_RDONLY | O_CLOEXEC) }
        if raw < 0, errno == ENOENT { return nil }
        let lock = try telling { () throws(SystemError) in
            try OwnedDescriptor(raw < 0 ? -errno : raw, "take hold of the image", reference)
        }
        guard isorun_flock(lock.raw, 0, 0) == 0 else { return nil }
        // Who removes it holds the lock alone, and unlinks the file first.
        var status = stat()
        guard unsafe fstat(lock.raw, &status) == 0, status.st_nlink > 0,
            let bytes = try telling({ () throws(SystemError) in
                try HostReading.answer(directory.appending("record.json"))
            }),
            let record = ImageRecord(parsing: bytes)
        else { return nil }
        return HeldImage(record: record, reference: reference, store: path, lock: lock)
    }
}

/// An image that is not removed as long as somebody holds it.
package final class HeldImage: Sendable {
    package let record: ImageRecord
    /// As it was asked for.
    package let reference: String
    private let store: FilePath
    private let lock: OwnedDescriptor

    init(record: ImageRecord, reference: String, store: FilePath, lock: consuming OwnedDescriptor) {
        self.record = record
        self.reference = reference
        self.store = store
        self.lock = lock
    }

    /// The unpacked layers, the topmost first.
    package var layers: [FilePath] {
        record.layers.reversed().map { store.appending("layers").appending($0.chain.hex) }
    }

    /// The image's own `/etc/passwd` or `/etc/group`, as it was found when the image was unpacked.
    package func table(_ name: String) throws(ImageError) -> [UInt8] {
        let file = store.appending("images").appending(record.id.hex).appending(name)
        return try telling { () throws(SystemError) in try HostReading.answer(file, limit: 1 << 20) } ?? []
    }
}
