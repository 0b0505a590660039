internal import Glibc
public import SystemPackage

/// The lines of a file, one after another: of one that is longer than anybody wants in memory.
public struct FileLines: ~Copyable {
    private let path: FilePath
    private let file: OwnedDescriptor
    private var bytes: [UInt8] = []
    private var place = 0

    /// Opens the file.
    ///
    /// - Throws: the kernel's answer.
    public init(_ path: FilePath) throws(SystemError) {
        self.path = path
        file = try SmallFile.open(path, O_RDONLY)
    }

    /// The next line without its end, or what stands behind the last of them; nil where there is none.
    ///
    /// - Throws: the kernel's answer.
    public mutating func next() throws(SystemError) -> ArraySlice<UInt8>? {
        var seen = place
        while true {
            if let end = bytes[seen...].firstIndex(of: UInt8(ascii: "\n")) {
                defer { place = end + 1 }
                return bytes[place..<end]
            }
            bytes.removeFirst(place)
            (place, seen) = (0, bytes.count)
            guard try SmallFile.append(to: &bytes, from: file, named: path, 1 << 18) else { break }
        }
        defer { bytes = [] }
        return bytes.isEmpty ? nil : bytes[...]
    }
}
