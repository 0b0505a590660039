internal import IsorunImages

/// A path of an archive, taken apart: no `.`, no empty parts, and nothing that leads out.
struct EntryPath {
    var parts: [[UInt8]]

    /// Takes an archive's path apart; a leading slash means the image's root.
    ///
    /// - Throws: where a part is `..`, too long for the kernel, or there are too many.
    init(_ path: [UInt8], of entry: TarEntry) throws(ImageError) {
        parts = []
        guard path.count < 4000 else { throw .refused(entry, "its path has \(path.count) bytes") }
        for part in path.split(separator: UInt8(ascii: "/")) {
            if part.elementsEqual(".".utf8) { continue }
            guard !part.elementsEqual("..".utf8) else { throw .refused(entry, "its path leads through '..'") }
            guard part.count <= 255 else { throw .refused(entry, "a name in its path has \(part.count) bytes") }
            parts.append(Array(part))
        }
    }

    static func joined(_ parts: some Sequence<[UInt8]>) -> [UInt8] {
        Array(parts.joined(separator: [UInt8(ascii: "/")]))
    }
}

extension ImageError {
    /// The error that an entry of a layer cannot be unpacked.
    static func refused(_ entry: TarEntry, _ problem: String) -> ImageError {
        .refused("entry \(printable(entry.text)): \(problem)")
    }

    /// A name for a terminal.
    static func printable(_ text: String) -> String {
        var result = "'"
        for scalar in text.unicodeScalars.prefix(300) {
            let visible = scalar.value >= 0x20 && !(0x7F...0x9F).contains(scalar.value)
            if visible { result.unicodeScalars.append(scalar) } else { result += scalar.escaped(asASCII: true) }
        }
        return result + "'"
    }
}
