internal import IsorunModel
internal import IsorunSystem

/// Why a file was not copied.
struct Refusal: Error, Hashable {
    var reason: String
    /// Whether the host had no place for the copy: that is not the job's doing.
    var isHosts = false
}

/// A file of the job's that may be copied: opened through no link, and by its descriptor a regular one of one name and
/// a bounded size.
struct CheckedFile: ~Copyable {
    let descriptor: OwnedDescriptor
    let status: EntryStatus

    /// Opens a file and looks at what was opened.
    init(_ name: ByteString, in directory: borrowing HeldDirectory, limit: UInt64) throws(Refusal) {
        let descriptor = try Self.refusing { () throws(SystemError) in try directory.file(name) }
        let status = try Self.refusing { () throws(SystemError) in try EntryStatus(of: descriptor) }
        guard status.kind == .file else { throw Refusal(reason: status.kind.refusal) }
        guard status.links == 1 else { throw Refusal(reason: "it is a hard link: the file has \(status.links) names") }
        guard status.size <= limit else {
            throw Refusal(reason: "it has \(ByteCount(status.size)), and at most \(ByteCount(limit)) are copied")
        }
        self.status = status
        self.descriptor = descriptor
    }

    private static func refusing<Result: ~Copyable>(
        _ body: () throws(SystemError) -> Result
    ) throws(Refusal) -> Result {
        do throws(SystemError) { return try body() } catch { throw Refusal(reason: error.reason) }
    }
}
