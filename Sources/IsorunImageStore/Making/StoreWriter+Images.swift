internal import Glibc
package import IsorunImages
internal import IsorunModel
internal import IsorunReporting
internal import IsorunSystem
internal import SystemPackage

/// What an image is stored with.
package struct NewImage: Sendable {
    /// Points to the manifest.
    package var manifest: Descriptor
    /// Its name; nil for an image without one.
    package var name: ImageReference?
    /// `REGISTRY/REPOSITORY@sha256:…`, where it came from one.
    package var source: String?

    package init(manifest: Descriptor, name: ImageReference?, source: String? = nil) {
        self.manifest = manifest
        self.name = name
        self.source = source
    }
}

extension StoreWriter {
    /// Makes an image of blobs that are all there: unpacks it, writes its record, and names it.
    ///
    /// - Returns: the image's id.
    @discardableResult
    package func add(_ image: NewImage, options: UnpackOptions = UnpackOptions()) throws(ImageError) -> Digest {
        let called = image.name?.familiar ?? "\(image.manifest.digest)"
        let manifest = try Manifest(parsing: blob(image.manifest), named: called)
        let config = try ImageConfig(parsing: blob(manifest.config), named: called)
        let layers = try unpack(manifest, config, named: called, options: options)
        let id = manifest.config.digest
        // Nobody removes it between its making and its naming: this store's lock is held.
        try writeRecord(ImageRecord(id: id, config: config, layers: layers))
        var entry = StoreIndex.Entry(manifest: image.manifest, platform: config.platform, id: id, name: image.name)
        entry.sources = [image.source].compactMap(\.self)
        entry.createdAtUs = config.created.flatMap(Timestamps.microseconds)
        let added = entry
        try changeIndex { index throws(ImageError) in index.add(added) }
        return id
    }

    private func writeRecord(_ record: ImageRecord) throws(ImageError) {
        let directory = try telling { () throws(SystemError) in
            try images.subdirectory(making: ByteString(record.id.hex))
        }
        let folder = path.appending("layers")
        let paths = record.layers.reversed().map { folder.appending($0.chain.hex) }
        for name in ["passwd", "group"] {
            try write(ImageFiles.text(of: "etc/\(name)", in: paths), to: name, in: directory)
        }
        guard let lock = try FileLock.take("lock", in: directory, exclusive: false) else { return }
        try write(record.json.line, to: "record.json", in: directory)
        discard(lock)
    }

    private func discard(_ lock: borrowing FileLock) {}
}

/// Files of an image, read without following a link out of it.
enum ImageFiles {
    /// The text of a file, by its path in the merged view; empty where there is none.
    static func text(of path: String, in layers: [FilePath]) throws(ImageError) -> [UInt8] {
        try telling { () throws(SystemError) in
            let stack = try MergedLayers(layers)
            var done: [[UInt8]] = []
            var ahead: [[UInt8]] = path.split(separator: "/").reversed().map { Array($0.utf8) }
            var links = 0
            while let part = ahead.popLast() {
                if part.elementsEqual(".".utf8) { continue }
                if part.elementsEqual("..".utf8) {
                    _ = done.popLast()
                    continue
                }
                let here = ByteString(EntryPath.joined(done + [part]))
                guard let found = try stack.find(here) else { return [] }
                switch found.status.kind {
                case .link:
                    links += 1
                    guard links <= 40, let target = try stack.linkTarget(here, in: found.layer) else { return [] }
                    if target.bytes.first == UInt8(ascii: "/") { done = [] }
                    ahead += target.bytes.split(separator: UInt8(ascii: "/")).reversed().map(Array.init)
                case .file where ahead.isEmpty:
                    let file = try stack.open(here, in: found.layer)
                    return try SmallFile.read(file, named: FilePath(path), limit: 1 << 20)
                case .directory: done.append(part)
                default: return []
                }
            }
            return []
        }
    }
}
