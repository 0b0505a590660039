internal import Clibarchive
internal import IsorunImages
internal import IsorunSystem
internal import SystemPackage

extension ImageError {
    /// What libarchive says of an archive.
    static func archive(_ archive: OpaquePointer, _ name: String) -> ImageError {
        let text = unsafe archive_error_string(archive).map { unsafe String(cString: $0) } ?? "it cannot be read"
        let answer = unsafe Errno(rawValue: archive_errno(archive))
        // Of what is wrong with the archive itself libarchive says EINVAL or EILSEQ, or a number of its own.
        guard answer.rawValue > 0, answer != .invalidArgument, answer != .illegalByteSequence else {
            return .refused("\(name): \(text)")
        }
        return ImageError("\(name): \(text): \(answer.text)", answer)
    }
}
