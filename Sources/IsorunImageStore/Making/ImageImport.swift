internal import CIsorunSystem
internal import Glibc
package import IsorunImages
internal import IsorunModel
internal import IsorunReporting
internal import IsorunSystem
package import SystemPackage

/// Takes images over from files of the host: an OCI layout, an archive of docker's or of an OCI layout, a root as a
/// tarball or as a directory.
package struct ImageImport {
    /// What the source is.
    package enum Kind: String, Sendable, CaseIterable {
        case auto, oci, docker, tar, directory
    }
    /// The file or the directory; `-` is standard input.
    package var source: FilePath
    /// The image's name; nil takes those that the source has.
    package var name: ImageReference?
    package var kind = Kind.auto
    package var platform = Platform.host
    /// Changes to the configuration of a root.
    package var changes: [ConfigChange] = []
    package var options = UnpackOptions()

    package init(_ source: FilePath, name: ImageReference?) {
        self.source = source
        self.name = name
    }

    /// An image that was taken over.
    package struct Imported: Sendable {
        package var id: Digest
        package var name: ImageReference?
    }

    /// Takes them over.
    package func run(_ store: borrowing StoreWriter) throws(ImageError) -> [Imported] {
        if let directory = try openDirectory() {
            let isLayout = try telling { () throws(SystemError) in try directory.entry("oci-layout") != nil }
            guard kind == .oci || kind == .auto && isLayout else { return [try importDirectory(store)] }
            return try importLayout(store) { path throws(ImageError) in
                try telling { () throws(SystemError) in try directory.file(path) }
            }
        }
        let file = try openFile(store)
        switch try kind(of: file) {
        case .root: return [try importTarball(file, store)]
        case let outer:
            return try store.aside { directory throws(ImageError) in
                let archive = try OuterArchive(file, into: directory, named: source.string, limit: options.mostBytes)
                if outer == .docker { return try importDocker(archive, store) }
                return try importLayout(store) { path throws(ImageError) in try archive.open(path) }
            }
        }
    }

    private func openDirectory() throws(ImageError) -> HeldDirectory? {
        do throws(SystemError) {
            return try HeldDirectory(host: source)
        } catch  where error.errno == .notDirectory && kind != .directory {
            return nil
        } catch  where source == "-" {
            return nil
        } catch {
            throw ImageError(error)
        }
    }

    /// Opens the file; what is no regular file is copied first, for it is read twice.
    private func openFile(_ store: borrowing StoreWriter) throws(ImageError) -> OwnedDescriptor {
        try telling { () throws(SystemError) in
            let raw = source == "-" ? 0 : unsafe source.withPlatformString { unsafe open($0, O_RDONLY | O_CLOEXEC) }
            let file =
                raw == 0
                ? try OwnedDescriptor(fcntl(0, F_DUPFD_CLOEXEC, 3), "read standard input")
                : try OwnedDescriptor(raw < 0 ? -errno : raw, "open", source.string)
            if try EntryStatus(of: file).kind == .file { return file }
            let copy = try store.scratchFile()
            try copy.pour(from: file)
            return copy
        }
    }

    private func kind(of file: borrowing OwnedDescriptor) throws(ImageError) -> OuterArchive.Kind {
        switch kind {
        case .auto: try OuterArchive.kind(of: file, named: source.string)
        case .oci: .layout
        case .docker: .docker
        case .tar, .directory: .root
        }
    }

    // MARK: OCI layouts

    private func importLayout(
        _ store: borrowing StoreWriter,
        _ open: (String) throws(ImageError) -> OwnedDescriptor
    ) throws(ImageError) -> [Imported] {
        func read(_ path: String) throws(ImageError) -> [UInt8] {
            let file = try open(path)
            return try telling { () throws(SystemError) in
                try SmallFile.read(file, named: FilePath(path), limit: Manifest.mostBytes + 1)
            }
        }
        let index = try ManifestIndex(parsing: read("index.json"), named: source.string)
        var chosen = index.entries
        if let name, chosen.count > 1 {
            let named = chosen.filter { $0.name == name.full || $0.name == name.familiar || $0.name == name.tag }
            chosen = named.isEmpty ? [try index.entry(for: platform, named: source.string)] : named
        }
        guard !chosen.isEmpty else { throw .refused("\(source): the layout has no image") }
        var imported: [Imported] = []
        for entry in chosen {
            var descriptor = entry.descriptor
            // An index in an index, no deeper than anybody nests them.
            for _ in 0..<4 where MediaType.isIndex(descriptor.mediaType) {
                try take(descriptor, store, open)
                let inner = try ManifestIndex(parsing: store.blob(descriptor), named: source.string)
                descriptor = try inner.entry(for: platform, named: source.string).descriptor
            }
            try take(descriptor, store, open)
            let manifest = try Manifest(parsing: store.blob(descriptor), named: source.string)
            for blob in [manifest.config] + manifest.layers { try take(blob, store, open) }
            let own = entry.name.flatMap { $0.contains("/") || $0.contains(":") ? ImageReference($0) : nil }
            let image = NewImage(manifest: descriptor, name: name ?? own)
            imported.append(Imported(id: try store.add(image, options: options), name: image.name))
        }
        return imported
    }

    private func take(
        _ descriptor: Descriptor,
        _ store: borrowing StoreWriter,
        _ open: (String) throws(ImageError) -> OwnedDescriptor
    ) throws(ImageError) {
        if try store.hasBlob(descriptor) { return }
        let file = try open("blobs/sha256/\(descriptor.digest.hex)")
        _ = try store.addBlob(file, expecting: descriptor)
    }

    // MARK: docker's archives

    private func importDocker(
        _ archive: borrowing OuterArchive,
        _ store: borrowing StoreWriter
    ) throws(ImageError) -> [Imported] {
        let bytes = try Self.small(archive.open("manifest.json"))
        guard let list = try Manifest.document(bytes, named: source.string).array, !list.isEmpty else {
            throw .refused("\(source): its manifest.json lists no image")
        }
        var imported: [Imported] = []
        for item in list {
            guard let configPath = item["Config"]?.string, let layerPaths = item["Layers"]?.array else {
                throw .refused("\(source): its manifest.json names no Config and Layers")
            }
            let configBytes = try Self.small(archive.open(configPath))
            let config = try store.addBlob(configBytes, mediaType: MediaType.config)
            var layers: [Descriptor] = []
            for path in layerPaths.compactMap(\.string) {
                let file = try archive.open(path)
                layers.append(try Self.layer(file, store))
            }
            let names = (item["RepoTags"]?.array ?? []).compactMap { $0.string.flatMap(ImageReference.init) }
            imported += try add(config, layers, names: name.map { [$0] } ?? names, store)
        }
        return imported
    }

    private static func small(_ file: consuming OwnedDescriptor) throws(ImageError) -> [UInt8] {
        let file = file
        return try telling { () throws(SystemError) in
            try SmallFile.read(file, named: "the archive", limit: Manifest.mostBytes + 1)
        }
    }

    private static func layer(
        _ file: borrowing OwnedDescriptor,
        _ store: borrowing StoreWriter
    ) throws(ImageError) -> Descriptor {
        let type = try Compression.of(file).mediaType
        let blob = try store.addBlob(file, expecting: nil)
        return Descriptor(mediaType: type, digest: blob.digest, size: blob.size)
    }

    private func add(
        _ config: Descriptor,
        _ layers: [Descriptor],
        names: [ImageReference],
        _ store: borrowing StoreWriter
    ) throws(ImageError) -> [Imported] {
        let manifest = Manifest(config: config, layers: layers)
        let descriptor = try store.addBlob(Array(manifest.json.line.utf8), mediaType: MediaType.manifest)
        var imported: [Imported] = []
        for name in names.isEmpty ? [nil] : names.map(Optional.some) {
            let id = try store.add(NewImage(manifest: descriptor, name: name), options: options)
            imported.append(Imported(id: id, name: name))
        }
        return imported
    }

    // MARK: Roots

    private func importTarball(
        _ file: borrowing OwnedDescriptor,
        _ store: borrowing StoreWriter
    ) throws(ImageError) -> Imported {
        let compression = try Compression.of(file)
        guard compression.isOfLayers else {
            let plain = try telling { () throws(SystemError) in try store.scratchFile() }
            _ = try inflate(file, into: plain.raw)
            lseek(plain.raw, 0, SEEK_SET)
            return try importRoot(plain, .none, store)
        }
        return try importRoot(file, compression, store)
    }

    private func importDirectory(_ store: borrowing StoreWriter) throws(ImageError) -> Imported {
        let file = try telling { () throws(SystemError) in try store.scratchFile() }
        try TreeArchiver.write(source.lexicallyNormalized(), to: file)
        lseek(file.raw, 0, SEEK_SET)
        return try importRoot(file, .none, store)
    }

    private func importRoot(
        _ file: borrowing OwnedDescriptor,
        _ compression: Compression,
        _ store: borrowing StoreWriter
    ) throws(ImageError) -> Imported {
        let blob = try store.addBlob(file, expecting: nil)
        let diff = compression == .none ? blob.digest : try inflate(store.openBlob(blob.digest), into: nil)
        let layer = Descriptor(mediaType: compression.mediaType, digest: blob.digest, size: blob.size)
        let config = try store.addBlob(Array(config(diff).line.utf8), mediaType: MediaType.config)
        let imported = try add(config, [layer], names: name.map { [$0] } ?? [], store)
        return imported[0]
    }

    /// Reads a compressed file: the digest of what is in it, which is written where `raw` is a file.
    private func inflate(_ file: borrowing OwnedDescriptor, into raw: Int32?) throws(ImageError) -> Digest {
        let copy = try telling { () throws(SystemError) in try file.duplicate("read the archive") }
        let (stream, thread) = try LayerStream.start(copy, named: source.string, limit: options.mostBytes)
        defer {
            stream.ring.abandon()
            thread.join()
        }
        var hasOne = false
        while let bytes = unsafe try stream.ring.next(hasOne: hasOne) {
            hasOne = true
            var done = 0
            while let raw, done < bytes.count {
                let count = unsafe Glibc.write(raw, bytes.baseAddress?.advanced(by: done), bytes.count - done)
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else {
                    throw ImageError(SystemError("copy into the store", source.string, Errno(rawValue: errno)))
                }
                done += count
            }
        }
        guard let digest = stream.digest else { throw .refused("\(source): it cannot be read to its end") }
        return digest
    }

    private func config(_ diff: Digest) -> JSON {
        var container: [JSON.Member] = []
        for change in changes { change.apply(to: &container) }
        let now = JSON.string(Timestamp.text(microseconds: Clock.wallMicroseconds))
        var members: [JSON.Member] = [
            .init("created", now), .init("architecture", .string(platform.architecture)),
        ]
        if let variant = platform.variant { members.append(.init("variant", .string(variant))) }
        members += [
            .init("os", .string(platform.os)), .init("config", .object(container)),
            .init(
                "rootfs",
                .object([.init("type", .string("layers")), .init("diff_ids", .array([.string("\(diff)")]))])
            ),
            .init(
                "history",
                .array([
                    .object([
                        .init("created", now),
                        .init("comment", .string("Imported from \(source.lastComponent?.string ?? "-")")),
                    ])
                ])
            ),
        ]
        return .object(members)
    }
}
