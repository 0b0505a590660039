internal import Glibc
package import IsorunImages
internal import IsorunModel
internal import IsorunSystem
internal import SystemPackage

/// What a removal took away, as docker tells it.
package struct Removal: Hashable, Sendable {
    /// Names that mean nothing any more.
    package var untagged: [String] = []
    /// Images, and layers, that are gone.
    package var deleted: [Digest] = []
    /// Bytes that are free again.
    package var bytes: UInt64 = 0
}

extension StoreWriter {
    /// Takes a name away, and the image with its last one.
    ///
    /// - Parameters:
    ///   - reference: a name, a digest or an id.
    ///   - force: names go although there are several, and although a container runs on it: its files stay until then.
    /// - Returns: what was taken away.
    /// - Throws: where there is no such image, or it may not be removed.
    package func remove(_ reference: String, force: Bool) throws(ImageError) -> Removal {
        func change(_ index: inout StoreIndex) throws(ImageError) -> Removal {
            let matching = try index.matching(reference)
            guard let first = matching.first else { throw ImageError(.missing, "No such image: \(reference)") }
            let all = index.entries.filter { $0.id == first.id }
            let parsed = ImageReference(reference)
            let isByName =
                parsed.map { parsed in
                    parsed.digest == nil && all.contains { $0.name?.full == parsed.full }
                } ?? false
            let names = all.compactMap { $0.name?.familiar }
            if isByName, all.count > 1 {
                index.entries.removeAll { $0.id == first.id && $0.name?.full == parsed?.full }
                return Removal(untagged: [parsed?.familiar ?? reference])
            }
            guard force || all.count <= 1 else {
                throw ImageError(
                    .failed,
                    "image \(first.id.short) has several names: \(names.joined(separator: ", "))",
                    hint: "remove each, or all of them with --force"
                )
            }
            if !force, isInUse(first.id) {
                throw ImageError(
                    .failed,
                    "a container runs on image \(first.id.short)",
                    hint: "end it first; --force takes the name away and leaves the files until it has ended"
                )
            }
            index.entries.removeAll { $0.id == first.id }
            return Removal(untagged: names, deleted: [first.id])
        }
        var removal = try changeIndex(change) { () throws(ImageError) in
            _ = try alone(wait: false) { () throws(ImageError) in try makeRoom(for: change) }
        }
        // Somebody who adds holds what would be looked at; what stays now goes with the next removal.
        if let swept = try alone(wait: false, { () throws(ImageError) in try sweep() }) {
            removal.deleted += swept.deleted.filter { !removal.deleted.contains($0) }
            removal.bytes = swept.bytes
        }
        return removal
    }

    /// Removes images without a name, or all that no container runs on, and what belongs to none.
    package func prune(all: Bool) throws(ImageError) -> Removal {
        try alone(wait: true) { () throws(ImageError) in
            func change(_ index: inout StoreIndex) throws(ImageError) -> Removal {
                let gone = index.entries.filter { (all || $0.name == nil) && !isInUse($0.id) }
                index.entries.removeAll { gone.contains($0) }
                let ids = gone.map(\.id).reduce(into: [Digest]()) { if !$0.contains($1) { $0.append($1) } }
                return Removal(untagged: gone.compactMap { $0.name?.familiar }, deleted: ids)
            }
            var removal = try changeIndex(change) { () throws(ImageError) in try makeRoom(for: change) }
            let swept = try sweep()
            removal.deleted += swept.deleted.filter { !removal.deleted.contains($0) }
            removal.bytes = swept.bytes
            return removal
        } ?? Removal()
    }

    /// Gives back the room of all that belongs to no image, where nobody adds one.
    package func giveBack() { _ = try? alone(wait: false) { () throws(ImageError) in try sweep() } }

    /// Runs what adds an image; where there is too little room for it, what it has made so far takes none.
    package func adding<Value>(_ body: () throws(ImageError) -> Value) throws(ImageError) -> Value {
        do throws(ImageError) {
            return try body()
        } catch {
            if error.kind == .full { giveBack() }
            throw error
        }
    }

    /// Changes the list of images, also on a full disk.
    private func changeIndex(
        _ change: (inout StoreIndex) throws(ImageError) -> Removal,
        makingRoom: () throws(ImageError) -> Void
    ) throws(ImageError) -> Removal {
        do throws(ImageError) {
            return try changeIndex(change)
        } catch {
            guard error.kind == .full else { throw error }
            try makingRoom()
            return try changeIndex(change)
        }
    }

    /// Makes room for a list of fewer images, which is a file of its own until it takes the old one's place.
    ///
    /// Of the images that are to go the layers' blobs go first. Should it end there, they can be run, and fetched anew.
    private func makeRoom(for change: (inout StoreIndex) throws(ImageError) -> Removal) throws(ImageError) {
        _ = try sweep()
        var index = try reader.index()
        let before = layerBlobs(of: index)
        _ = try change(&index)
        for name in before.subtracting(layerBlobs(of: index)) { _ = unsafe unlinkat(blobs.descriptor.raw, name, 0) }
    }

    private func layerBlobs(of index: StoreIndex) -> Set<String> {
        Set(index.entries.flatMap { manifest(of: $0)?.layers.map(\.digest.hex) ?? [] })
    }

    private func manifest(of entry: StoreIndex.Entry) -> Manifest? {
        try? Manifest(parsing: blob(entry.manifest), named: "\(entry.id)")
    }

    /// Whether a container runs on an image.
    func isInUse(_ id: Digest) -> Bool {
        guard let directory = try? images.directory(id.hex), isThere("lock", directory) else { return false }
        do throws(ImageError) {
            guard let lock = try FileLock.take("lock", in: directory, exclusive: true, wait: false) else { return true }
            drop(lock)
            return false
        } catch {
            return true
        }
    }

    private func isThere(_ name: String, _ directory: borrowing HeldDirectory) -> Bool {
        do throws(SystemError) { return try directory.entry(ByteString(name)) != nil } catch { return false }
    }

    private func drop(_ lock: borrowing FileLock) {}

    /// Removes what no image needs: nobody adds anything meanwhile.
    private func sweep() throws(ImageError) -> Removal {
        var removal = Removal()
        var layersKept: Set<String> = []
        var blobsKept: Set<String> = []
        let index = try reader.index()
        let named = Set(index.entries.map(\.id.hex))
        for hex in try names(images) {
            guard let id = Digest(hex: hex) else { continue }
            if named.contains(hex) || isInUse(id) {
                layersKept.formUnion(reader.record(id)?.layers.map(\.chain.hex) ?? [])
            } else if try removeImage(id) {
                removal.deleted.append(id)
            }
        }
        for entry in index.entries {
            blobsKept.insert(entry.manifest.digest.hex)
            guard let manifest = manifest(of: entry) else { continue }
            blobsKept.insert(manifest.config.digest.hex)
            blobsKept.formUnion(manifest.layers.map(\.digest.hex))
        }
        for name in try names(layers) {
            let hex = name.hasSuffix(".json") ? String(name.dropLast(5)) : name
            guard !layersKept.contains(hex) else { continue }
            if name == hex {
                removal.bytes += Digest(hex: hex).flatMap { try? unpackedLayer($0)?.size } ?? 0
                try removeLayer(hex)
                if let digest = Digest(hex: hex) { removal.deleted.append(digest) }
            } else if !isThere(hex, layers) {
                _ = unsafe unlinkat(layers.descriptor.raw, name, 0)
            }
        }
        for name in try names(blobs) where !blobsKept.contains(name) {
            removal.bytes += size(of: name)
            _ = unsafe unlinkat(blobs.descriptor.raw, name, 0)
        }
        // Nobody adds anything: all that is half made is left over.
        for name in try names(partial) where unsafe unlinkat(partial.descriptor.raw, name, 0) != 0 {
            try remove(name, in: partial)
        }
        return removal
    }

    private func size(of blob: String) -> UInt64 {
        do throws(SystemError) { return try blobs.entry(ByteString(blob))?.size ?? 0 } catch { return 0 }
    }

    private func names(_ directory: borrowing HeldDirectory) throws(ImageError) -> [String] {
        try telling { () throws(SystemError) in try directory.names() }
    }

    /// A layer goes out of the way in one step: half of one is never a layer.
    private func removeLayer(_ hex: String) throws(ImageError) {
        let aside = "gone-\(hex)"
        try remove(aside, in: partial)
        guard unsafe renameat(layers.descriptor.raw, hex, partial.descriptor.raw, aside) == 0 else {
            throw ImageError(SystemError("remove the layer", hex, Errno(rawValue: errno)))
        }
        _ = unsafe unlinkat(layers.descriptor.raw, "\(hex).json", 0)
        try remove(aside, in: partial)
    }

    /// False where a container has just begun to run on it.
    private func removeImage(_ id: Digest) throws(ImageError) -> Bool {
        let directory = try telling { () throws(SystemError) in try images.directory(id.hex) }
        guard let lock = try FileLock.take("lock", in: directory, exclusive: true, wait: false) else { return false }
        // The lock first: whoever has just opened it sees that it has no name any more.
        for name in ["lock"] + (try names(directory)) { _ = unsafe unlinkat(directory.descriptor.raw, name, 0) }
        _ = unsafe unlinkat(images.descriptor.raw, id.hex, AT_REMOVEDIR)
        drop(lock)
        return true
    }
}
