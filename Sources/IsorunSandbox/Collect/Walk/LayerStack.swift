internal import IsorunModel
internal import IsorunSystem
internal import SystemPackage

/// The layers of a container as its processes saw them: what is seen at a path comes from the layer with the longest
/// path above it.
struct LayerStack {
    let layers: [WrittenLayer]
    let limits: CollectLimits

    /// A walk for each layer of which something was seen, in the order of their paths.
    var walks: [LayerWalk] {
        let visible = layers.enumerated().filter { index, layer in
            // What is mounted later on a directory above covers the whole layer.
            !layers[(index + 1)...].contains { layer.path.starts(with: $0.path) }
        }.map(\.element)
        let places = Set(visible.map { ByteString($0.path.bytes) })
        return visible.sorted { $0.path.bytes.lexicographicallyPrecedes($1.path.bytes) }
            .map { LayerWalk(layer: $0, covered: places, limits: limits) }
    }
}
