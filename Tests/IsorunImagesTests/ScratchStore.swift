import Glibc
import IsorunModel
import IsorunReporting
import IsorunSystem
import IsorunTestSupport
import SystemPackage
import Testing

@testable import IsorunImageStore
@testable import IsorunImages

/// A store in a directory of its own, and images made in it of archives.
final class ScratchStore {
    let path: FilePath
    let store: StoreWriter
    private let isOwn: Bool

    init() throws {
        let directory = try PrivateDirectory(in: PrivateDirectory.parent, prefix: "isorun-images-")
        path = directory.path
        store = try StoreWriter(at: path, privileged: true)
        isOwn = true
    }

    /// Another hand on a store that is there.
    init(at path: FilePath) throws {
        self.path = path
        store = try StoreWriter(at: path, privileged: true)
        isOwn = false
    }

    deinit {
        guard isOwn, let directory = try? HeldDirectory(host: path) else { return }
        try? directory.removeContents()
        _ = unsafe path.withPlatformString { unsafe rmdir($0) }
    }

    /// Adds an image of layers, the lowest first.
    @discardableResult
    func add(
        _ layers: [Tarball],
        name: String? = nil,
        options: UnpackOptions = UnpackOptions()
    ) throws(ImageError) -> Digest {
        try add(layers.map(\.closed), name: name, options: options)
    }

    @discardableResult
    func add(
        _ layers: [[UInt8]],
        diffs: [Digest]? = nil,
        name: String? = nil,
        options: UnpackOptions = UnpackOptions()
    ) throws(ImageError) -> Digest {
        let diffs = diffs ?? layers.map { ContentHash.digest(of: $0) }
        var blobs: [Descriptor] = []
        for layer in layers { blobs.append(try store.addBlob(layer, mediaType: MediaType.layer)) }
        let config = JSON.object([
            .init("architecture", .string("amd64")), .init("os", .string("linux")),
            .init("created", .string("2020-02-02T02:02:02.123456789Z")),
            .init("config", .object([])),
            .init(
                "rootfs",
                .object([
                    .init("type", .string("layers")), .init("diff_ids", .array(diffs.map { .string("\($0)") })),
                ])
            ),
        ])
        let configBlob = try store.addBlob(Array(config.line.utf8), mediaType: MediaType.config)
        let manifest = Manifest(config: configBlob, layers: blobs)
        let descriptor = try store.addBlob(Array(manifest.json.line.utf8), mediaType: MediaType.manifest)
        return try store.add(
            NewImage(manifest: descriptor, name: name.flatMap { ImageReference($0) }),
            options: options
        )
    }

    /// Takes hold of an image.
    func hold(_ reference: String, _ platform: String? = nil) throws -> HeldImage? {
        try store.reader.hold(reference, platform: platform.flatMap { Platform($0) })
    }

    /// How many images there are, by name and without.
    var count: Int { (try? store.reader.index().entries.count) ?? -1 }

    /// The directory of an image's layer, counted from the lowest.
    func layer(_ number: Int, of id: Digest) throws -> HeldDirectory {
        let found = store.reader.record(id)
        let record = try #require(found)
        return try HeldDirectory(host: path.appending("layers").appending(record.layers[number].chain.hex))
    }

    /// Whether nothing is left of what was half made.
    var isTidy: Bool {
        guard let partial = try? HeldDirectory(host: path.appending("partial")) else { return false }
        return (try? partial.names().isEmpty) ?? false
    }

    var layerCount: Int {
        guard let layers = try? HeldDirectory(host: path.appending("layers")) else { return -1 }
        return (try? layers.names().count) ?? -1
    }
}

extension Trait where Self == ConditionTrait {
    /// Owners and overlay's marks are root's to give.
    static var asRoot: Self { .enabled("needs root") { geteuid() == 0 } }
}

// In a container of isorun's own, in which its tests can run too, fewer ids are mapped, and the store is on an overlay.

/// Cancels a test where no file can have an owner.
func needsOwner(_ id: UInt32) throws {
    let map = String(decoding: try SmallFile.read("/proc/self/uid_map"), as: UTF8.self)
    let isMapped = map.split(separator: "\n").contains { line in
        let numbers = line.split(separator: " ").compactMap { UInt64($0) }
        return numbers.count == 3 && numbers[0] <= id && UInt64(id) - numbers[0] < numbers[2]
    }
    if !isMapped { try Test.cancel("no file can be \(id)'s here") }
}

extension ScratchStore {
    /// Cancels a test where overlay's mark for what is gone cannot be made: an overlay keeps it for itself.
    func needsWhiteouts() throws {
        let probe = path.appending("probe")
        let result = unsafe probe.withPlatformString { unsafe mknod($0, S_IFCHR, 0) }
        if result < 0 && errno == EPERM { try Test.cancel("this file system is an overlay, and takes no whiteouts") }
        _ = unsafe probe.withPlatformString { unsafe unlink($0) }
    }
}
