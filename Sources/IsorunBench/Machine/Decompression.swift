internal import Clibarchive

/// Compressed bytes unpacked by libarchive, which knows what they are by their beginning.
enum Decompression {
    /// All of what they hold.
    ///
    /// - Parameters:
    ///   - packed: One compressed stream, of any kind that a kernel's build makes but LZO.
    ///   - limit: The most bytes that it may become.
    /// - Returns: The bytes.
    /// - Throws: What libarchive says, or that there are more.
    static func bytes(of packed: ArraySlice<UInt8>, limit: Int) throws(KernelImage.Problem) -> [UInt8] {
        guard let archive = unsafe archive_read_new() else { throw KernelImage.Problem(text: "no memory to unpack it") }
        defer { unsafe archive_read_free(archive) }
        unsafe archive_read_support_format_raw(archive)
        unsafe archive_read_support_filter_gzip(archive)
        unsafe archive_read_support_filter_bzip2(archive)
        unsafe archive_read_support_filter_lzma(archive)
        unsafe archive_read_support_filter_xz(archive)
        unsafe archive_read_support_filter_lz4(archive)
        unsafe archive_read_support_filter_zstd(archive)
        let result = unsafe packed.withUnsafeBytes { unsafe read(archive, $0, limit) }
        return try result.get()
    }

    private static func read(
        _ archive: OpaquePointer,
        _ packed: UnsafeRawBufferPointer,
        _ limit: Int
    ) -> Result<[UInt8], KernelImage.Problem> {
        var entry: OpaquePointer?
        guard unsafe archive_read_open_memory(archive, packed.baseAddress, packed.count) == ARCHIVE_OK,
            unsafe archive_read_next_header(archive, &entry) == ARCHIVE_OK
        else { return unsafe .failure(problem(archive)) }
        // One filter is that of the file itself.
        guard unsafe archive_filter_count(archive) > 1 else {
            return .failure(
                KernelImage.Problem(text: "its kernel is compressed in a way that libarchive does not know")
            )
        }
        var bytes: [UInt8] = []
        while true {
            var start: UnsafeRawPointer?
            var count = 0
            var offset: la_int64_t = 0
            let result = unsafe archive_read_data_block(archive, &start, &count, &offset)
            if result == ARCHIVE_EOF { return .success(bytes) }
            guard result == ARCHIVE_OK else { return unsafe .failure(problem(archive)) }
            guard bytes.count + count <= limit else { return .failure(KernelImage.tooLarge(limit)) }
            unsafe bytes.append(contentsOf: UnsafeRawBufferPointer(start: start, count: count))
        }
    }

    private static func problem(_ archive: OpaquePointer) -> KernelImage.Problem {
        let text = unsafe archive_error_string(archive).map { unsafe String(cString: $0) } ?? "it cannot be read"
        return KernelImage.Problem(text: "its kernel cannot be unpacked: \(text)")
    }
}
