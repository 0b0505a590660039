internal import Clibarchive
internal import Glibc
internal import IsorunImages
internal import IsorunSystem
internal import Synchronization
internal import SystemPackage

/// A layer's bytes as they are when nothing compresses them: inflated and hashed by a thread of their own.
///
/// libarchive's filters know gzip and zstd (and bzip2 and xz, for archives that are imported) by their first bytes.
final class LayerStream: Sendable {
    let ring = ByteRing()
    private let outcome = Mutex(Outcome())

    private struct Outcome {
        var digest: Digest?
        var size: UInt64 = 0
    }

    /// What the whole stream was; nil before its end has been read.
    var digest: Digest? { outcome.withLock { $0.digest } }
    /// Bytes read so far.
    var size: UInt64 { outcome.withLock { $0.size } }

    /// Starts to inflate an open file from where it stands.
    ///
    /// - Parameters:
    ///   - file: the file.
    ///   - name: what it is called in errors.
    ///   - limit: bytes beyond which it is refused.
    /// - Returns: the stream, and the thread that fills it, to be joined.
    /// - Throws: where no thread can be started.
    static func start(
        _ file: consuming OwnedDescriptor,
        named name: String,
        limit: UInt64
    ) throws(ImageError) -> (stream: LayerStream, thread: WorkerThread) {
        let stream = LayerStream()
        let raw = file.release()
        let thread = try telling { () throws(SystemError) in
            try WorkerThread {
                let file = OwnedDescriptor(raw)
                do throws(ImageError) {
                    try stream.inflate(file, name, limit)
                    stream.ring.finish()
                } catch {
                    stream.ring.finish(error)
                }
            }
        }
        return (stream, thread)
    }

    private func inflate(_ file: borrowing OwnedDescriptor, _ name: String, _ limit: UInt64) throws(ImageError) {
        guard let archive = unsafe archive_read_new() else { throw ImageError(.failed, "no memory for \(name)") }
        defer { unsafe archive_read_free(archive) }
        unsafe archive_read_support_format_raw(archive)
        unsafe archive_read_support_format_empty(archive)
        unsafe archive_read_support_filter_gzip(archive)
        unsafe archive_read_support_filter_zstd(archive)
        unsafe archive_read_support_filter_bzip2(archive)
        unsafe archive_read_support_filter_xz(archive)
        guard unsafe archive_read_open_fd(archive, file.raw, 256 << 10) == ARCHIVE_OK else {
            throw unsafe .archive(archive, name)
        }
        var entry: OpaquePointer?
        let header = unsafe archive_read_next_header(archive, &entry)
        var hash = ContentHash()
        var size: UInt64 = 0
        if header == ARCHIVE_OK || header == ARCHIVE_WARN {
            while unsafe try ring.fill({ buffer throws(ImageError) in
                let count = unsafe archive_read_data(archive, buffer.baseAddress, buffer.count)
                guard count >= 0 else { throw unsafe .archive(archive, name) }
                unsafe hash.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
                size += UInt64(count)
                guard size <= limit else {
                    throw ImageError(
                        .refused,
                        "\(name): it unpacks to more than \(limit) bytes",
                        hint: "--max-size allows more"
                    )
                }
                return count
            }) {}
        } else if header != ARCHIVE_EOF {
            throw unsafe .archive(archive, name)
        }
        let total = size
        let digest = hash.digest
        outcome.withLock { $0 = Outcome(digest: digest, size: total) }
    }
}
