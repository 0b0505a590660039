internal import Glibc
package import IsorunImages
internal import IsorunModel
internal import IsorunReporting
internal import IsorunSystem
package import SystemPackage

/// Writes images as an OCI layout, which skopeo, podman and others read.
package enum ImageExport {
    /// Writes the images that references mean into a directory, which is made where it is missing.
    ///
    /// - Throws: where there is no such image, or the directory has something else in it.
    package static func write(
        _ references: [String],
        to directory: FilePath,
        from store: borrowing StoreWriter
    ) throws(ImageError) {
        let index = try store.reader.index()
        var entries: [StoreIndex.Entry] = []
        for reference in references {
            let matching = try index.matching(reference)
            guard let first = matching.first else { throw ImageError(.missing, "No such image: \(reference)") }
            entries.append(first)
        }
        let top = try prepare(directory)
        let blobs = try telling { () throws(SystemError) in
            try top.subdirectory(making: "blobs").subdirectory(making: "sha256")
        }
        for entry in entries {
            let manifest = try Manifest(parsing: store.blob(entry.manifest), named: "\(entry.id)")
            for blob in [entry.manifest, manifest.config] + manifest.layers { try copy(blob, store, to: blobs) }
        }
        let list = entries.map { entry in
            var members = entry.manifest.members
            members.append(
                .init(
                    "platform",
                    .object([
                        .init("architecture", .string(entry.platform.architecture)),
                        .init("os", .string(entry.platform.os)),
                    ])
                )
            )
            if let name = entry.name {
                let note = JSON.Member("org.opencontainers.image.ref.name", .string(name.familiar))
                members.append(.init("annotations", .object([note])))
            }
            return JSON.object(members)
        }
        let text = JSON.object([
            .init("schemaVersion", .whole(2)), .init("mediaType", .string(MediaType.index)),
            .init("manifests", .array(list)),
        ])
        try write(#"{"imageLayoutVersion":"1.0.0"}"#, to: "oci-layout", in: top)
        try write(text.line, to: "index.json", in: top)
    }

    private static func prepare(_ directory: FilePath) throws(ImageError) -> HeldDirectory {
        let top = try telling { () throws(SystemError) in try HeldDirectory(makingHost: directory) }
        let names = try telling { () throws(SystemError) in try top.names() }
        guard names.isEmpty || names.contains("oci-layout") else {
            throw ImageError(.failed, "\(directory) has something else in it than an OCI layout")
        }
        return top
    }

    private static func copy(
        _ blob: Descriptor,
        _ store: borrowing StoreWriter,
        to blobs: borrowing HeldDirectory
    ) throws(ImageError) {
        let source = try store.openBlob(blob.digest)
        try telling { () throws(SystemError) in
            if try blobs.entry(ByteString(blob.digest.hex))?.size == blob.size { return }
            try blobs.replace(ByteString(blob.digest.hex), mode: 0o644) { file throws(SystemError) in
                try file.fill(from: source.borrowed, size: blob.size)
            }
        }
    }

    private static func write(_ text: String, to name: String, in top: borrowing HeldDirectory) throws(ImageError) {
        try telling { () throws(SystemError) in
            try top.replace(ByteString(name), mode: 0o644) { file throws(SystemError) in
                try file.write(all: text.utf8)
            }
        }
    }
}
