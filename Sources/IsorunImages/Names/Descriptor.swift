package import IsorunReporting

/// What points to a blob: its type, digest and size (OCI image spec, descriptor.md).
package struct Descriptor: Hashable, Sendable {
    package var mediaType: String
    package var digest: Digest
    package var size: UInt64

    package init(mediaType: String, digest: Digest, size: UInt64) {
        self.mediaType = mediaType
        self.digest = digest
        self.size = size
    }

    /// Reads one of a document; nil where something of it is missing or is not as it must be.
    package init?(_ json: JSON?) {
        guard let json, let mediaType = json["mediaType"]?.string, let size: UInt64 = json["size"]?.integer(),
            let digest = json["digest"]?.string.flatMap({ Digest($0) }), size <= UInt64(Int64.max)
        else { return nil }
        self.init(mediaType: mediaType, digest: digest, size: size)
    }

    package var json: JSON { .object(members) }

    package var members: [JSON.Member] {
        [
            .init("mediaType", .string(mediaType)), .init("digest", .string("\(digest)")),
            .init("size", .whole(size)),
        ]
    }
}

/// Names of types, OCI's and docker's.
package enum MediaType {
    package static let index = "application/vnd.oci.image.index.v1+json"
    package static let manifest = "application/vnd.oci.image.manifest.v1+json"
    package static let config = "application/vnd.oci.image.config.v1+json"
    package static let layer = "application/vnd.oci.image.layer.v1.tar"
    package static let dockerIndex = "application/vnd.docker.distribution.manifest.list.v2+json"
    package static let dockerManifest = "application/vnd.docker.distribution.manifest.v2+json"

    /// Both kinds of list of manifests.
    package static func isIndex(_ type: String) -> Bool { type == index || type == dockerIndex }

    /// Both kinds of manifest.
    package static func isManifest(_ type: String) -> Bool { type == manifest || type == dockerManifest }
}
