internal import IsorunImages

/// Paths of a layer that something is remembered of, no more than fit in a bounded number of bytes.
struct PathSet {
    private(set) var paths: Set<[UInt8]> = []
    private var bytes = 0
    private static let mostBytes = 32 << 20

    var isEmpty: Bool { paths.isEmpty }

    func contains(_ path: [UInt8]) -> Bool { paths.contains(path) }

    /// - Throws: where they are too many; `problem` says of which names.
    mutating func insert(_ path: [UInt8], _ problem: String) throws(ImageError) {
        guard paths.insert(path).inserted else { return }
        bytes += path.count
        guard bytes <= Self.mostBytes else {
            throw .refused("more than \(Self.mostBytes) bytes of names \(problem)")
        }
    }

    mutating func remove(_ path: [UInt8]) {
        if paths.remove(path) != nil { bytes -= path.count }
    }
}
