internal import Glibc
public import IsorunModel
public import SystemPackage

/// Layers as overlay shows them: each name as the topmost layer has it that says anything of it.
///
/// For looking at a few paths without a mount. A layer says that something is gone by a character device 0:0, and that
/// nothing of a directory below shines through by an attribute of that directory (kernel documentation, overlayfs).
public final class MergedLayers: Sendable {
    /// Where something was found.
    public struct Found: Sendable {
        /// What stands there.
        public let status: EntryStatus
        /// In which layer, counted from the topmost.
        public let layer: Int
    }
    private let layers: [Layer]

    private final class Layer: Sendable {
        let directory: OwnedDescriptor
        init(_ directory: consuming HeldDirectory) { self.directory = directory.descriptor }
    }

    /// Opens layers, the topmost first.
    public init(_ paths: [FilePath]) throws(SystemError) {
        var layers: [Layer] = []
        for path in paths { layers.append(Layer(try HeldDirectory(host: path))) }
        self.layers = layers
    }

    /// Takes over layers that are open already, the topmost first.
    ///
    /// - Parameters:
    ///   - count: how many.
    ///   - open: gives each by its number.
    /// - Throws: what `open` throws.
    public init(count: Int, open: (Int) throws(SystemError) -> HeldDirectory) throws(SystemError) {
        var layers: [Layer] = []
        for number in 0..<count { layers.append(Layer(try open(number))) }
        self.layers = layers
    }

    /// Whether there is nothing to look at.
    public var isEmpty: Bool { layers.isEmpty }

    private func directory(_ layer: Int) throws(SystemError) -> HeldDirectory {
        HeldDirectory(try layers[layer].directory.duplicate("hold a layer"))
    }

    /// What stands at a path; nil where nothing does, and where a link or a file is on the way.
    ///
    /// - Parameter path: relative, without `.` and `..`; the empty one is the root.
    /// - Returns: what stands there, and in which layer.
    /// - Throws: the kernel's answer.
    public func find(_ path: ByteString) throws(SystemError) -> Found? {
        let slash = UInt8(ascii: "/")
        let parts = path.bytes.split(separator: slash)
        for layer in layers.indices {
            let top = try directory(layer)
            var walked: [UInt8] = []
            var isClosed = false
            var isHere = true
            for part in parts.dropLast() {
                walked += (walked.isEmpty ? [] : [slash]) + part
                guard let status = try top.statusBeneath(ByteString(walked)) else {
                    isHere = false
                    break
                }
                guard status.kind == .directory else { return nil }
                if layers.count > 1, try top.directory(ByteString(walked)).isOpaque { isClosed = true }
            }
            if isHere, let status = try top.statusBeneath(path) {
                return status.isWhiteout ? nil : Found(status: status, layer: layer)
            }
            if isClosed { return nil }
        }
        return nil
    }

    /// Opens a file or a directory that was found, for reading.
    public func open(_ path: ByteString, in layer: Int) throws(SystemError) -> OwnedDescriptor {
        try directory(layer).file(path)
    }

    /// Where a link that was found leads.
    public func linkTarget(_ path: ByteString, in layer: Int) throws(SystemError) -> ByteString? {
        let top = try directory(layer)
        let slash = UInt8(ascii: "/")
        guard let cut = path.bytes.lastIndex(of: slash) else { return top.linkTargetBytes(path) }
        return try top.directory(ByteString(path.bytes[..<cut])).linkTargetBytes(ByteString(path.bytes[(cut + 1)...]))
    }
}

extension HeldDirectory {
    /// Where a link in this very directory leads, byte for byte; nil where there is none.
    public func linkTargetBytes(_ name: ByteString) -> ByteString? {
        let size = Int(PATH_MAX)
        return unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: size) { buffer in
            guard let base = buffer.baseAddress else { return nil }
            let length = unsafe name.withPlatformBytes { unsafe readlinkat(descriptor.raw, $0, base, size) }
            guard length > 0 else { return nil }
            return unsafe ByteString(UnsafeRawBufferPointer(start: base, count: length))
        }
    }
}
