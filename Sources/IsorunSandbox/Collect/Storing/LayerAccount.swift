internal import IsorunModel
internal import IsorunSystem
internal import SystemPackage

/// What stored layers may take: what the writable layer of the job could, for a copy takes no more than what it is of.
struct LayerLimits {
    /// Bytes of all files, holes left out.
    var bytes: UInt64
    /// Entries of all directories.
    var files: UInt64
}

/// What the layers of one job have taken.
final class LayerAccount {
    private let limits: LayerLimits
    /// What ends the storing, which may take seconds.
    private let cancellation: Cancellation?
    private var bytes: UInt64 = 0
    private var files: UInt64 = 0

    init(_ limits: LayerLimits, _ cancellation: Cancellation? = nil) {
        (self.limits, self.cancellation) = (limits, cancellation)
    }

    /// Takes bytes for what is about to be made.
    func take(bytes more: UInt64) throws(SystemError) {
        // Compared with what is left: no sum can overflow.
        guard more <= limits.bytes - bytes else {
            throw Self.full("it does not fit into what the build's files may take, \(ByteCount(limits.bytes)) (--disk)")
        }
        bytes += more
    }

    /// Takes entries.
    func take(files more: UInt64) throws(SystemError) {
        guard cancellation?.isAsked != true else {
            throw SystemError("store", "", .canceled, detail: "the run was interrupted")
        }
        guard more <= limits.files - files else {
            throw Self.full("the build's files may be no more than \(limits.files) (--inodes)")
        }
        files += more
    }

    private static func full(_ detail: String) -> SystemError { SystemError("store", "", .noSpace, detail: detail) }
}
