internal import CIsorunSystem
internal import Glibc
internal import IsorunImages
internal import IsorunModel
internal import IsorunSystem
internal import SystemPackage

/// An archive that holds images: its files, unpacked under numbers of isorun's own, so that no name leads anywhere.
struct OuterArchive: ~Copyable {
    /// What an archive is, told by its first entries.
    enum Kind { case layout, docker, root }

    private let directory: HeldDirectory
    private var numbers: [String: Int] = [:]
    private var links: [String: String] = [:]

    /// Looks at the first entries; the file stands at its beginning afterwards.
    static func kind(of file: borrowing OwnedDescriptor, named name: String) throws(ImageError) -> Kind {
        defer { lseek(file.raw, 0, SEEK_SET) }
        let copy = try telling { () throws(SystemError) in try file.duplicate("read the archive") }
        let (stream, thread) = try LayerStream.start(copy, named: name, limit: .max)
        defer {
            stream.ring.abandon()
            thread.join()
        }
        let reader = try TarReader(stream, named: name)
        while let entry = try reader.next() {
            let path = plain(entry.path)
            if path == "oci-layout" { return .layout }
            if path == "manifest.json" { return .docker }
            guard entry.kind == .file || entry.kind == .directory || entry.kind == .link || entry.kind == .hardLink,
                isOfImages(path)
            else { return .root }
        }
        return .root
    }

    /// Whether an archive of images may have such an entry: `blobs/…`, `index.json`, `DIGEST.json`, `DIGEST/layer.tar`.
    private static func isOfImages(_ path: String) -> Bool {
        if path.isEmpty || ["blobs", "index.json", "repositories"].contains(path) || path.hasPrefix("blobs/") {
            return true
        }
        return path.prefix { $0.isHexDigit }.count == 64
    }

    /// `./a//b` is `a/b`.
    private static func plain(_ path: [UInt8]) -> String {
        let parts = path.split(separator: UInt8(ascii: "/")).filter { !$0.elementsEqual(".".utf8) }
        return parts.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "/")
    }

    /// Unpacks an archive's files into a directory that is empty.
    init(
        _ file: borrowing OwnedDescriptor,
        into directory: consuming HeldDirectory,
        named name: String,
        limit: UInt64
    ) throws(ImageError) {
        self.directory = directory
        let copy = try telling { () throws(SystemError) in try file.duplicate("read the archive") }
        let (stream, thread) = try LayerStream.start(copy, named: name, limit: limit)
        defer {
            stream.ring.abandon()
            thread.join()
        }
        let reader = try TarReader(stream, named: name)
        while let entry = try reader.next() {
            if Interruption.isRequested { throw ImageError(.failed, "interrupted") }
            let path = Self.plain(entry.path)
            switch entry.kind {
            case .file: try unpack(path, reader)
            // docker save of old has links from one layer to another that is the same.
            case .link: links[path] = Self.target(of: entry, at: path)
            case .hardLink: links[path] = Self.plain(entry.target)
            default: break
            }
        }
        try reader.drain()
    }

    private static func target(of entry: TarEntry, at path: String) -> String {
        var parts = path.split(separator: "/").dropLast().map(String.init)
        for part in String(decoding: entry.target, as: UTF8.self).split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(String(part)) }
        }
        return parts.joined(separator: "/")
    }

    private mutating func unpack(_ path: String, _ reader: TarReader) throws(ImageError) {
        let number = numbers.count
        let flags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC
        let raw = unsafe openat(directory.descriptor.raw, "\(numbers[path] ?? number)", flags, 0o600)
        let file = try telling { () throws(SystemError) in
            try OwnedDescriptor(raw < 0 ? -errno : raw, "unpack", path)
        }
        if numbers[path] == nil { numbers[path] = number }
        try unsafe reader.forEachPiece { bytes, offset throws(ImageError) in
            var done = 0
            while done < bytes.count {
                let place = off_t(offset) + off_t(done)
                let count = unsafe pwrite(file.raw, bytes.baseAddress?.advanced(by: done), bytes.count - done, place)
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { throw ImageError(SystemError("unpack", path, Errno(rawValue: errno))) }
                done += count
            }
        }
    }

    /// Opens a file by its path in the archive.
    func open(_ path: String) throws(ImageError) -> OwnedDescriptor {
        var path = path.split(separator: "/").filter { $0 != "." }.joined(separator: "/")
        for _ in 0..<8 { if numbers[path] == nil, let next = links[path] { path = next } }
        guard let number = numbers[path] else { throw .refused("the archive has no \(ImageError.printable(path))") }
        return try telling { () throws(SystemError) in try directory.file("\(number)") }
    }
}
