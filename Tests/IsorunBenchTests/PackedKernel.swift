import Clibarchive
import Testing

/// A kernel's file as a test makes it: the parts of a bzImage that tell where the kernel is, and nothing that runs.
struct PackedKernel {
    /// How it is compressed.
    enum Filter: CaseIterable { case gzip, bzip2, lzma, xz, lz4, zstd }

    /// What stands for the kernel: an ELF file by its mark, which compresses well here and badly there.
    static let kernel: [UInt8] = {
        var state: UInt64 = 1
        return [0x7f, 0x45, 0x4c, 0x46] + [UInt8](repeating: 0, count: 3000)
            + (0..<5000).map { _ in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return UInt8(truncatingIfNeeded: state >> 33)
            }
    }()

    /// Documentation/arch/x86/boot.rst: the setup's sectors, the header, and behind it the kernel.
    static func bzImage(
        _ payload: [UInt8],
        sectors: UInt8 = 2,
        version: UInt16 = 0x020f,
        offset: UInt32 = 16,
        length: UInt32? = nil
    ) -> [UInt8] {
        var file = [UInt8](repeating: 0, count: (Int(sectors == 0 ? 4 : sectors) + 1) * 512)
        file[0x1f1] = sectors
        file.replaceSubrange(0x1fe..<0x200, with: [0x55, 0xaa])
        file.replaceSubrange(0x202..<0x206, with: "HdrS".utf8)
        file.replaceSubrange(0x206..<0x208, with: word(UInt32(version)).prefix(2))
        file.replaceSubrange(0x248..<0x24c, with: word(offset))
        file.replaceSubrange(0x24c..<0x250, with: word(length ?? UInt32(payload.count)))
        return file + [UInt8](repeating: 0x90, count: 16) + payload + Array("what follows it".utf8)
    }

    /// As the kernel's build does it: the size behind the stream, which ends a gzip stream anyway.
    static func payload(_ contents: [UInt8], _ filter: Filter, size: UInt32? = nil) throws -> [UInt8] {
        let packed = try packed(contents, filter)
        if filter == .gzip, let size { return packed.dropLast(4) + word(size) }
        return filter == .gzip ? packed : packed + word(size ?? UInt32(contents.count))
    }

    static func packed(_ contents: [UInt8], _ filter: Filter) throws -> [UInt8] {
        let archive = unsafe try #require(unsafe archive_write_new())
        defer { unsafe archive_write_free(archive) }
        unsafe archive_write_set_format_raw(archive)
        unsafe archive_write_set_bytes_in_last_block(archive, 1)
        switch filter {
        case .gzip: unsafe archive_write_add_filter_gzip(archive)
        case .bzip2: unsafe archive_write_add_filter_bzip2(archive)
        case .lzma: unsafe archive_write_add_filter_lzma(archive)
        case .xz: unsafe archive_write_add_filter_xz(archive)
        case .lz4: unsafe archive_write_add_filter_lz4(archive)
        case .zstd: unsafe archive_write_add_filter_zstd(archive)
        }
        var room = [UInt8](repeating: 0, count: contents.count + 65536)
        var used = 0
        try unsafe room.withUnsafeMutableBytes { room in
            try #require(unsafe archive_write_open_memory(archive, room.baseAddress, room.count, &used) == ARCHIVE_OK)
            let entry = unsafe try #require(unsafe archive_entry_new())
            defer { unsafe archive_entry_free(entry) }
            unsafe archive_entry_set_filetype(entry, 0o100000)
            try #require(unsafe archive_write_header(archive, entry) == ARCHIVE_OK)
            let written = unsafe contents.withUnsafeBytes {
                unsafe archive_write_data(archive, $0.baseAddress, $0.count)
            }
            try #require(written == contents.count)
            try #require(unsafe archive_write_close(archive) == ARCHIVE_OK)
        }
        return Array(room.prefix(used))
    }

    /// lz4's older format, which the kernel's build makes (`lz4 -l`): a mark, and blocks with their lengths, of which
    /// this one copies all its bytes.
    static func legacyLZ4(_ contents: [UInt8]) -> [UInt8] {
        var block: [UInt8] = [0xf0]
        var rest = contents.count - 15
        while rest >= 255 {
            block.append(255)
            rest -= 255
        }
        block += [UInt8(rest)] + contents
        return [0x02, 0x21, 0x4c, 0x18] + word(UInt32(block.count)) + block
    }

    static func word(_ value: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * UInt32($0))) }
    }
}
