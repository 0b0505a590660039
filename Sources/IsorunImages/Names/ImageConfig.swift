package import IsorunReporting

/// What an image says of itself and of the containers made of it (OCI `config.md`).
package struct ImageConfig: Hashable, Sendable {
    /// The whole document.
    package let document: JSON

    package init(_ document: JSON) {
        self.document = document
    }

    /// Reads one, and sees to it that it is one.
    package init(parsing bytes: [UInt8], named name: String) throws(ImageError) {
        let json = try Manifest.document(bytes, named: name)
        self.init(json)
        guard json["rootfs"]?["type"]?.string == "layers", let list = json["rootfs"]?["diff_ids"]?.array else {
            throw .refused("\(name): the configuration does not list its layers (rootfs.diff_ids)")
        }
        guard list.count == layers.count else {
            throw .refused("\(name): the configuration lists a layer without a proper sha256 digest")
        }
        guard let architecture = json["architecture"]?.string, !architecture.isEmpty else {
            throw .refused("\(name): the configuration names no architecture")
        }
    }

    /// Digests of the layers as they are unpacked, the lowest first.
    package var layers: [Digest] {
        (document["rootfs"]?["diff_ids"]?.array ?? []).compactMap { $0.string.flatMap({ Digest($0) }) }
    }

    package var platform: Platform {
        Platform(
            os: document["os"]?.string ?? "linux",
            architecture: document["architecture"]?.string ?? "",
            variant: document["variant"]?.string
        )
    }

    /// When it was made, as it says itself.
    package var created: String? { document["created"]?.string }

    private var container: JSON? { document["config"] }

    private func texts(_ key: String) -> [String] { (container?[key]?.array ?? []).compactMap(\.string) }

    private func keys(_ key: String) -> [String] { (container?[key]?.members ?? []).map(\.key) }

    package var environment: [String] { texts("Env") }
    package var entrypoint: [String] { texts("Entrypoint") }
    package var command: [String] { texts("Cmd") }
    package var workdir: String { container?["WorkingDir"]?.string ?? "" }
    package var user: String { container?["User"]?.string ?? "" }
    package var stopSignal: String? { container?["StopSignal"]?.string }
    /// Paths that hold data.
    package var volumes: [String] { keys("Volumes") }
    /// `80/tcp`.
    package var exposedPorts: [String] { keys("ExposedPorts") }
}
