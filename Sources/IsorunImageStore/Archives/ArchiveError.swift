internal import Clibarchive
internal import IsorunImages

extension ImageError {
    /// What libarchive says of an archive.
    static func archive(_ archive: OpaquePointer, _ name: String) -> ImageError {
        let text = unsafe archive_error_string(archive).map { unsafe String(cString: $0) } ?? "it cannot be read"
        return .refused("\(name): \(text)")
    }
}
