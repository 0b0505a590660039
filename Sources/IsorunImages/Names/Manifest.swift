package import IsorunReporting

/// A manifest: the configuration and the layers, the lowest first (OCI `manifest.md`, docker's schema 2).
package struct Manifest: Hashable, Sendable {
    package var config: Descriptor
    package var layers: [Descriptor]

    /// More are refused: the kernel stacks no more than 500 (`OVL_MAX_STACK`).
    package static let mostLayers = 500
    /// Bytes of a manifest, an index or a configuration; registries refuse more than 4 MiB, too.
    package static let mostBytes = 4 << 20

    package init(config: Descriptor, layers: [Descriptor]) {
        self.config = config
        self.layers = layers
    }

    /// Reads a manifest.
    package init(parsing bytes: [UInt8], named name: String) throws(ImageError) {
        let json = try Self.document(bytes, named: name)
        let version: Int? = json["schemaVersion"]?.integer()
        guard version == 2 else {
            throw .refused(
                "\(name): a manifest of schema version \(version.map(String.init) ?? "none"); only 2 is understood"
            )
        }
        guard let config = Descriptor(json["config"]) else {
            throw .refused("\(name): the manifest has no proper config, with mediaType, sha256 digest and size")
        }
        guard let list = json["layers"]?.array else { throw .refused("\(name): the manifest has no layers") }
        guard list.count <= Self.mostLayers else {
            throw .refused("\(name): \(list.count) layers; the kernel stacks \(Self.mostLayers) at most")
        }
        self.init(config: config, layers: [])
        for (number, entry) in list.enumerated() {
            guard let layer = Descriptor(entry) else {
                throw .refused("\(name): layer \(number + 1) has no proper mediaType, sha256 digest and size")
            }
            layers.append(layer)
        }
        guard config.size <= UInt64(Self.mostBytes) else {
            throw .refused("\(name): a configuration of \(config.size) bytes; \(Self.mostBytes) is the most")
        }
    }

    package static func document(_ bytes: [UInt8], named name: String) throws(ImageError) -> JSON {
        guard bytes.count <= mostBytes else {
            throw .refused("\(name): a document of \(bytes.count) bytes; \(mostBytes) is the most")
        }
        do throws(ReportingError) {
            return try JSON(parsing: bytes)
        } catch {
            throw .refused("\(name): \(error)")
        }
    }

    /// As OCI writes it.
    package var json: JSON {
        .object([
            .init("schemaVersion", .whole(2)), .init("mediaType", .string(MediaType.manifest)),
            .init("config", config.json), .init("layers", .array(layers.map(\.json))),
        ])
    }
}

/// A list of manifests for different platforms (OCI `image-index.md`, docker's manifest list).
package struct ManifestIndex: Hashable, Sendable {
    package struct Entry: Hashable, Sendable {
        package var descriptor: Descriptor
        package var platform: Platform?
        /// The name that an OCI layout gives it.
        package var name: String?
    }
    package var entries: [Entry] = []

    /// Reads a list; entries of unknown types are left out.
    package init(parsing bytes: [UInt8], named name: String) throws(ImageError) {
        let json = try Manifest.document(bytes, named: name)
        guard let list = json["manifests"]?.array else { throw .refused("\(name): the index has no manifests") }
        for (number, entry) in list.enumerated() {
            guard let descriptor = Descriptor(entry) else {
                throw .refused("\(name): entry \(number + 1) has no proper mediaType, sha256 digest and size")
            }
            let platform = entry["platform"].flatMap { platform -> Platform? in
                guard let os = platform["os"]?.string, let architecture = platform["architecture"]?.string else {
                    return nil
                }
                return Platform(os: os, architecture: architecture, variant: platform["variant"]?.string)
            }
            let annotations = entry["annotations"]
            let label = annotations?["io.containerd.image.name"] ?? annotations?["org.opencontainers.image.ref.name"]
            entries.append(Entry(descriptor: descriptor, platform: platform, name: label?.string))
        }
    }

    /// The manifest for a platform: the first of it, and the only one where none names its platform.
    package func entry(for platform: Platform, named name: String) throws(ImageError) -> Entry {
        let manifests = entries.filter {
            MediaType.isManifest($0.descriptor.mediaType) || MediaType.isIndex($0.descriptor.mediaType)
        }
        if let exact = manifests.first(where: { $0.platform == platform }) { return exact }
        if let found = manifests.first(where: { $0.platform.map(platform.accepts) ?? false }) { return found }
        if manifests.count == 1, manifests[0].platform == nil { return manifests[0] }
        let offered = manifests.compactMap { $0.platform?.description }.filter { $0 != "unknown/unknown" }
        let list = offered.isEmpty ? "none" : Array(Set(offered)).sorted().prefix(20).joined(separator: ", ")
        throw ImageError(
            .refused,
            "\(name): no image for \(platform) in it",
            hint: "there are: \(list); --platform chooses one"
        )
    }
}
