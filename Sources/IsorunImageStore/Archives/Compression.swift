internal import Glibc
internal import IsorunImages
internal import IsorunSystem
internal import SystemPackage

/// How an archive is compressed, told by its first bytes.
enum Compression: Hashable {
    case none, gzip, zstd, other

    /// Looks at an open file, which stays where it stands.
    static func of(_ file: borrowing OwnedDescriptor) throws(ImageError) -> Compression {
        var head = [UInt8](repeating: 0, count: 6)
        let count = unsafe pread(file.raw, &head, head.count, lseek(file.raw, 0, SEEK_CUR))
        guard count >= 0 else { throw ImageError(SystemError("read", "an archive", Errno(rawValue: errno))) }
        if head.starts(with: [0x1F, 0x8B]) { return .gzip }
        if head.starts(with: [0x28, 0xB5, 0x2F, 0xFD]) { return .zstd }
        let isOther = head.starts(with: "BZh".utf8) || head.starts(with: [0xFD, 0x37, 0x7A, 0x58, 0x5A])
        return isOther ? .other : .none
    }

    /// Whether a layer of an image may be compressed so.
    var isOfLayers: Bool { self != .other }

    var mediaType: String {
        switch self {
        case .none, .other: MediaType.layer
        case .gzip: MediaType.layer + "+gzip"
        case .zstd: MediaType.layer + "+zstd"
        }
    }
}
