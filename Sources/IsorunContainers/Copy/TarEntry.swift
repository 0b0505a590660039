package import IsorunModel

/// One entry of a tar archive: what a file is, without what stands in it.
package struct TarEntry: Hashable, Sendable {
    /// What it is.
    package enum Kind: Hashable, Sendable {
        case file, directory
        case link(target: ByteString)
        /// Another name of an entry that came before it.
        case hardLink(target: ByteString)
        /// A device, a fifo, or a kind that is not known here, by the archive's letter.
        case other(UInt8)
    }

    /// The path, relative to where the archive is unpacked, as it stands there.
    package var path: ByteString
    package var kind: Kind
    /// Permissions, without the type.
    package var mode: UInt32
    package var uid: UInt32 = 0
    package var gid: UInt32 = 0
    /// Bytes of contents that follow.
    package var size: UInt64 = 0
    /// Seconds since 1970.
    package var modified: Int64 = 0

    package init(_ path: ByteString, _ kind: Kind, mode: UInt32) {
        self.path = path
        self.kind = kind
        self.mode = mode
    }

    /// The names on the way; nil where the path leads up, and so perhaps out.
    package var components: [ByteString]? { Self.components(of: path) }

    static func components(of path: ByteString) -> [ByteString]? {
        let names = path.bytes.split(separator: UInt8(ascii: "/")).map { ByteString($0) }.filter { $0 != "." }
        return names.contains("..") ? nil : names
    }
}
