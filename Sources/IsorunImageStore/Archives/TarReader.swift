internal import Clibarchive
internal import Glibc
internal import IsorunImages
internal import IsorunModel

/// One entry of a tar archive.
struct TarEntry {
    enum Kind { case file, directory, link, hardLink, fifo, characterDevice, blockDevice, other }
    /// As the archive has it, byte for byte.
    var path: [UInt8]
    var kind: Kind
    /// Permissions, with the set-ID and sticky bits.
    var mode: UInt32
    var uid: Int64
    var gid: Int64
    var size: Int64
    var seconds: Int
    var nanoseconds: Int
    /// Where a link leads; what a hard link is another name of.
    var target: [UInt8] = []
    var device: (major: UInt64, minor: UInt64) = (0, 0)
    var attributes: [(key: [CChar], value: [UInt8])] = []

    /// The path for a person.
    var text: String { String(decoding: path, as: UTF8.self) }
}

/// The entries of a tar archive that comes as a stream, by libarchive.
@safe final class TarReader {
    private let archive: OpaquePointer
    private let entry: OpaquePointer
    private let source: Source
    private let name: String
    // Names that pax headers write as UTF-8 stay what they are only in such a locale.
    private let locale: locale_t?

    private final class Source {
        let ring: ByteRing
        var hasOne = false
        var failure: ImageError?
        init(_ ring: ByteRing) { self.ring = ring }
    }

    init(_ stream: LayerStream, named name: String) throws(ImageError) {
        guard let archive = unsafe archive_read_new(), let entry = unsafe archive_entry_new() else {
            throw ImageError(.failed, "no memory for \(name)")
        }
        unsafe self.archive = unsafe archive
        unsafe self.entry = unsafe entry
        self.name = name
        source = Source(stream.ring)
        let utf8 = unsafe newlocale(Int32(LC_CTYPE_MASK), "C.UTF-8", nil)
        unsafe locale = unsafe utf8
        if let utf8 = unsafe utf8 { unsafe uselocale(utf8) }
        unsafe archive_read_support_format_tar(archive)
        unsafe archive_read_support_format_empty(archive)
        let box = unsafe Unmanaged.passUnretained(source).toOpaque()
        let opened = unsafe archive_read_open(archive, box, nil, { unsafe TarReader.read($0, $1, $2) }, nil)
        guard opened == ARCHIVE_OK else { throw problem() }
    }

    deinit {
        unsafe archive_entry_free(entry)
        unsafe archive_read_free(archive)
        if let locale = unsafe locale {
            unsafe uselocale(LC_GLOBAL_LOCALE_C)
            unsafe freelocale(locale)
        }
    }

    // ((locale_t) -1L), a macro that Swift does not import.
    private var LC_GLOBAL_LOCALE_C: locale_t? { unsafe locale_t(bitPattern: -1) }

    private static func read(
        _ archive: OpaquePointer?,
        _ box: UnsafeMutableRawPointer?,
        _ place: UnsafeMutablePointer<UnsafeRawPointer?>?
    ) -> la_ssize_t {
        guard let box = unsafe box else { return -1 }
        let source = unsafe Unmanaged<Source>.fromOpaque(box).takeUnretainedValue()
        do throws(ImageError) {
            guard let bytes = unsafe try source.ring.next(hasOne: source.hasOne) else {
                source.hasOne = false
                return 0
            }
            source.hasOne = true
            unsafe place?.pointee = bytes.baseAddress
            return bytes.count
        } catch {
            source.hasOne = false
            source.failure = error
            return -1
        }
    }

    private func problem() -> ImageError { source.failure ?? (unsafe .archive(archive, name)) }

    /// The next entry; nil at the end.
    func next() throws(ImageError) -> TarEntry? {
        let result = unsafe archive_read_next_header2(archive, entry)
        if result == ARCHIVE_EOF { return nil }
        // A warning is about a name or a field in an unexpected encoding: it is taken as the bytes are.
        guard result == ARCHIVE_OK || result == ARCHIVE_WARN else { throw problem() }
        guard let path = unsafe bytes(archive_entry_pathname(entry)), !path.isEmpty else {
            throw .refused("\(name): an entry without a name")
        }
        var found = TarEntry(
            path: path,
            kind: .other,
            mode: unsafe UInt32(archive_entry_perm(entry)),
            uid: unsafe Int64(archive_entry_uid(entry)),
            gid: unsafe Int64(archive_entry_gid(entry)),
            size: unsafe Int64(archive_entry_size(entry)),
            seconds: unsafe Int(archive_entry_mtime(entry)),
            nanoseconds: unsafe Int(archive_entry_mtime_nsec(entry))
        )
        if let target = unsafe bytes(archive_entry_hardlink(entry)) {
            found.kind = .hardLink
            found.target = target
        } else {
            found.kind = unsafe Self.kind(UInt32(archive_entry_filetype(entry)))
            if found.kind == .link { found.target = unsafe bytes(archive_entry_symlink(entry)) ?? [] }
            if found.kind == .characterDevice || found.kind == .blockDevice {
                found.device = unsafe (
                    UInt64(archive_entry_rdevmajor(entry)), UInt64(archive_entry_rdevminor(entry))
                )
            }
        }
        readAttributes(into: &found)
        return found
    }

    private static func kind(_ type: UInt32) -> TarEntry.Kind {
        switch type {
        case 0o100000: .file
        case 0o040000: .directory
        case 0o120000: .link
        case 0o010000: .fifo
        case 0o020000: .characterDevice
        case 0o060000: .blockDevice
        default: .other
        }
    }

    private func readAttributes(into found: inout TarEntry) {
        guard unsafe archive_entry_xattr_reset(entry) > 0 else { return }
        var key: UnsafePointer<CChar>?
        var value: UnsafeRawPointer?
        var length = 0
        while unsafe archive_entry_xattr_next(entry, &key, &value, &length) == ARCHIVE_OK {
            guard let key = unsafe key else { continue }
            let name = unsafe Array(UnsafeBufferPointer(start: key, count: strlen(key) + 1))
            let bytes = unsafe Array(UnsafeRawBufferPointer(start: value, count: length))
            found.attributes.append((name, bytes))
        }
    }

    private func bytes(_ text: UnsafePointer<CChar>?) -> [UInt8]? {
        guard let text = unsafe text else { return nil }
        return unsafe Array(UnsafeRawBufferPointer(start: text, count: strlen(text)))
    }

    /// Calls a function with each piece of the present entry's contents and where it belongs.
    func forEachPiece(
        _ body: (UnsafeRawBufferPointer, Int64) throws(ImageError) -> Void
    ) throws(ImageError) {
        while true {
            var start: UnsafeRawPointer?
            var count = 0
            var offset: la_int64_t = 0
            let result = unsafe archive_read_data_block(archive, &start, &count, &offset)
            if result == ARCHIVE_EOF { return }
            guard result == ARCHIVE_OK || result == ARCHIVE_WARN else { throw problem() }
            if count > 0 { try unsafe body(UnsafeRawBufferPointer(start: start, count: count), offset) }
        }
    }

    /// Reads what stands behind the archive's end, so that the stream's digest is known.
    func drain() throws(ImageError) {
        while try unsafe source.ring.next(hasOne: source.hasOne) != nil { source.hasOne = true }
        source.hasOne = false
    }
}
