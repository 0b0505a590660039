package import IsorunReporting

/// What a container needs to know of an unpacked image: `images/ID/record.json`, `isorun.image/1`.
package struct ImageRecord: Hashable, Sendable {
    /// A layer that was unpacked.
    package struct Layer: Hashable, Sendable {
        /// The digest over it and all that lie below it, under which it is stored (OCI's ChainID).
        package var chain: Digest
        /// Bytes of its files.
        package var size: UInt64

        package init(chain: Digest, size: UInt64) {
            self.chain = chain
            self.size = size
        }
    }
    package var id: Digest
    package var config: ImageConfig
    /// The lowest first.
    package var layers: [Layer]

    package init(id: Digest, config: ImageConfig, layers: [Layer]) {
        self.id = id
        self.config = config
        self.layers = layers
    }

    /// Bytes of all its files.
    package var size: UInt64 { layers.reduce(0) { $0 + $1.size } }

    package init?(parsing bytes: [UInt8]) {
        guard let json = try? JSON(parsing: bytes), json["schema"]?.string == "isorun.image/1",
            let id = json["id"]?.string.flatMap({ Digest($0) }), let config = json["config"],
            let list = json["layers"]?.array
        else { return nil }
        self.init(id: id, config: ImageConfig(config), layers: [])
        for item in list {
            guard let chain = item["chain"]?.string.flatMap({ Digest($0) }) else { return nil }
            layers.append(Layer(chain: chain, size: item["size"]?.integer() ?? 0))
        }
    }

    package var json: JSON {
        let list = layers.map { layer in
            JSON.object([.init("chain", .string("\(layer.chain)")), .init("size", .whole(layer.size))])
        }
        return .object([
            .init("schema", .string("isorun.image/1")), .init("id", .string("\(id)")),
            .init("layers", .array(list)), .init("config", config.document),
        ])
    }
}
