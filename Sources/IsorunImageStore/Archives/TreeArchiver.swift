internal import Clibarchive
internal import Glibc
internal import IsorunImages
internal import IsorunSystem
internal import SystemPackage

/// Puts a directory of the host into a tar archive, by libarchive's reader of disks: with owners by number, times,
/// extended attributes, holes and hard links.
enum TreeArchiver {
    /// Writes an archive of all that is below a directory, on its own file system, to an open file.
    static func write(_ directory: FilePath, to file: borrowing OwnedDescriptor) throws(ImageError) {
        let top = directory.string
        guard let disk = unsafe archive_read_disk_new(), let tar = unsafe archive_write_new(),
            let entry = unsafe archive_entry_new(), let links = unsafe archive_entry_linkresolver_new()
        else { throw ImageError(.failed, "no memory for an archive of \(top)") }
        defer {
            unsafe archive_entry_linkresolver_free(links)
            unsafe archive_entry_free(entry)
            unsafe archive_write_free(tar)
            unsafe archive_read_free(disk)
        }
        unsafe archive_read_disk_set_symlink_physical(disk)
        unsafe archive_read_disk_set_behavior(disk, ARCHIVE_READDISK_NO_TRAVERSE_MOUNTS)
        unsafe archive_write_set_format_pax(tar)
        unsafe archive_write_set_bytes_in_last_block(tar, 1)
        unsafe archive_entry_linkresolver_set_strategy(links, archive_format(tar))
        guard unsafe archive_write_open_fd(tar, file.raw) == ARCHIVE_OK else { throw unsafe .archive(tar, top) }
        guard unsafe archive_read_disk_open(disk, top) == ARCHIVE_OK else { throw unsafe .archive(disk, top) }
        while true {
            let result = unsafe archive_read_next_header2(disk, entry)
            if result == ARCHIVE_EOF { break }
            guard result == ARCHIVE_OK || result == ARCHIVE_WARN else { throw unsafe .archive(disk, top) }
            unsafe archive_read_disk_descend(disk)
            // Sockets belong to processes, and tar has none.
            if unsafe archive_entry_filetype(entry) == S_IFSOCK { continue }
            unsafe rename(entry, below: top)
            unsafe archive_entry_set_uname(entry, nil)
            unsafe archive_entry_set_gname(entry, nil)
            var present: OpaquePointer? = unsafe entry
            var spare: OpaquePointer?
            unsafe archive_entry_linkify(links, &present, &spare)
            guard unsafe archive_write_header(tar, entry) >= ARCHIVE_WARN else { throw unsafe .archive(tar, top) }
            if unsafe archive_entry_size(entry) > 0, unsafe archive_entry_hardlink(entry) == nil {
                try unsafe copy(disk, tar, top)
            }
        }
        guard unsafe archive_write_close(tar) == ARCHIVE_OK else { throw unsafe .archive(tar, top) }
    }

    /// `/dir/a/b` below `/dir` is `./a/b`.
    private static func rename(_ entry: OpaquePointer, below top: String) {
        guard let path = unsafe archive_entry_pathname(entry) else { return }
        let bytes = unsafe Array(UnsafeRawBufferPointer(start: path, count: strlen(path)))
        let rest = bytes.dropFirst(top.utf8.count).drop { $0 == UInt8(ascii: "/") }
        let name = Array("./".utf8) + rest + [0]
        unsafe archive_entry_set_pathname(entry, name.map { CChar(bitPattern: $0) })
    }

    private static func copy(_ disk: OpaquePointer, _ tar: OpaquePointer, _ top: String) throws(ImageError) {
        var written: Int64 = 0
        let zeros = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            if Interruption.isRequested { throw ImageError(.failed, "interrupted") }
            var start: UnsafeRawPointer?
            var count = 0
            var offset: la_int64_t = 0
            let result = unsafe archive_read_data_block(disk, &start, &count, &offset)
            if result == ARCHIVE_EOF { return }
            guard result == ARCHIVE_OK || result == ARCHIVE_WARN else { throw unsafe .archive(disk, top) }
            while written < offset {
                let part = min(Int(offset - written), zeros.count)
                guard unsafe archive_write_data(tar, zeros, part) >= 0 else { throw unsafe .archive(tar, top) }
                written += Int64(part)
            }
            guard unsafe archive_write_data(tar, start, count) >= 0 else { throw unsafe .archive(tar, top) }
            written += Int64(count)
        }
    }
}
