internal import CIsorunSystem
internal import Glibc
package import IsorunImages
internal import IsorunModel
internal import IsorunReporting
internal import IsorunSystem
internal import SystemPackage

/// How an image is unpacked.
package struct UnpackOptions: Sendable {
    /// Bytes that all its layers together may unpack to, as tar archives.
    package var mostBytes: UInt64 = 32 << 30
    /// Is called when a layer begins to be unpacked (false) and when it is there (true).
    package var progress: @Sendable (Digest, _ isDone: Bool) -> Void = { _, _ in }

    package init() {}
}

extension StoreWriter {
    /// Unpacks the layers of an image that are not there yet, the lowest first.
    ///
    /// - Parameters:
    ///   - manifest: the image's; its blobs are there.
    ///   - config: the image's.
    ///   - name: what it is called in errors.
    ///   - options: how.
    /// - Returns: the layers, the lowest first.
    /// - Throws: where one is not what the configuration says, or cannot be unpacked.
    package func unpack(
        _ manifest: Manifest,
        _ config: ImageConfig,
        named name: String,
        options: UnpackOptions = UnpackOptions()
    ) throws(ImageError) -> [ImageRecord.Layer] {
        let digests = config.layers
        guard digests.count == manifest.layers.count else {
            throw .refused(
                "\(name): the manifest has \(manifest.layers.count) layers and the configuration \(digests.count)"
            )
        }
        var made: [ImageRecord.Layer] = []
        var left = options.mostBytes
        for (layer, digest) in zip(manifest.layers, digests) {
            let chain = made.last.map { ContentHash.digest(of: "\($0.chain) \(digest)".utf8) } ?? digest
            if let known = try unpackedLayer(chain) {
                made.append(known)
                continue
            }
            options.progress(layer.digest, false)
            made.append(try unpack(layer, digest, chain, over: made, named: name, &left))
            options.progress(layer.digest, true)
        }
        return made
    }

    /// A layer that stands unpacked.
    func unpackedLayer(_ chain: Digest) throws(ImageError) -> ImageRecord.Layer? {
        let isThere = try telling { () throws(SystemError) in try layers.entry(ByteString(chain.hex)) != nil }
        guard isThere else { return nil }
        guard let bytes = try? SmallFile.read(path.appending("layers").appending("\(chain.hex).json")),
            let json = try? JSON(parsing: bytes)
        else { return ImageRecord.Layer(chain: chain, size: 0) }
        return ImageRecord.Layer(chain: chain, size: json["size"]?.integer() ?? 0)
    }

    private func unpack(
        _ layer: Descriptor,
        _ digest: Digest,
        _ chain: Digest,
        over below: [ImageRecord.Layer],
        named name: String,
        _ left: inout UInt64
    ) throws(ImageError) -> ImageRecord.Layer {
        let lockName = "layer-\(chain.hex).lock"
        guard let lock = try FileLock.take(lockName, in: partial, exclusive: true) else {
            throw ImageError(.failed, "cannot lock \(chain)")
        }
        defer { unlink(lock, lockName) }
        if let known = try unpackedLayer(chain) { return known }
        let aside = "layer-\(chain.hex)"
        try remove(aside, in: partial)
        do throws(ImageError) {
            let size = try fill(aside, layer, digest, over: below, named: "\(name), layer \(layer.digest.short)", &left)
            // The marker first: a layer without one has no size, and one without a layer is nothing.
            try write(
                JSON.object([.init("size", .whole(size)), .init("diff", .string("\(digest)"))]).line,
                to: "\(chain.hex).json",
                in: layers
            )
            guard unsafe renameat(partial.descriptor.raw, aside, layers.descriptor.raw, chain.hex) == 0 else {
                throw ImageError(SystemError("keep the layer", chain.hex, Errno(rawValue: errno)))
            }
            fsync(layers.descriptor.raw)
            return ImageRecord.Layer(chain: chain, size: size)
        } catch {
            try? remove(aside, in: partial)
            throw error
        }
    }

    private func unlink(_ lock: borrowing FileLock, _ name: String) {
        _ = unsafe unlinkat(partial.descriptor.raw, name, 0)
    }

    private func fill(
        _ aside: String,
        _ layer: Descriptor,
        _ digest: Digest,
        over below: [ImageRecord.Layer],
        named name: String,
        _ left: inout UInt64
    ) throws(ImageError) -> UInt64 {
        let blob = try openBlob(layer.digest)
        let top = try makeAside(aside)
        let lower = try open(below)
        let (stream, thread) = try LayerStream.start(blob, named: name, limit: left)
        defer {
            stream.ring.abandon()
            thread.join()
        }
        do throws(ImageError) {
            var unpacker = try LayerUnpacker(top, over: lower, rights: rights)
            let reader = try TarReader(stream, named: name)
            try unpacker.unpack(reader)
            guard stream.digest == digest else {
                let found = stream.digest.map { "\($0)" } ?? "unknown"
                throw ImageError.refused("the digest of its files is \(found), and the configuration says \(digest)")
            }
            left -= min(left, stream.size)
            try sync()
            return unpacker.size
        } catch {
            throw error.message.hasPrefix(name) || error.kind == .failed && error.message == "interrupted"
                ? error : ImageError(error.kind, "\(name): \(error.message)", hint: error.hint)
        }
    }

    private func makeAside(_ name: String) throws(ImageError) -> HeldDirectory {
        try telling { () throws(SystemError) in
            try partial.makeDirectory(name, mode: 0o755, uid: geteuid(), gid: getegid())
            return try partial.directory(name)
        }
    }

    private func open(_ layers: [ImageRecord.Layer]) throws(ImageError) -> MergedLayers? {
        if layers.isEmpty { return nil }
        let folder = path.appending("layers")
        return try telling { () throws(SystemError) in
            try MergedLayers(layers.reversed().map { folder.appending($0.chain.hex) })
        }
    }

    /// Has everything on the disk before a name says that it is there.
    private func sync() throws(ImageError) {
        _ = try telling { () throws(SystemError) in
            try check(isorun_sync_file_system(top.descriptor.raw), "sync the store", path.string)
        }
    }

    /// Removes a directory of the store's, if it is there.
    func remove(_ name: String, in directory: borrowing HeldDirectory) throws(ImageError) {
        do throws(SystemError) {
            guard try directory.entry(ByteString(name)) != nil else { return }
            try directory.directory(name).removeContents()
            guard unsafe unlinkat(directory.descriptor.raw, name, AT_REMOVEDIR) == 0 else {
                throw SystemError("remove", name, Errno(rawValue: errno))
            }
        } catch {
            throw ImageError(error)
        }
    }
}
