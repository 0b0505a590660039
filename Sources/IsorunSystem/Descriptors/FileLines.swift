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
        let raw = unsafe path.withPlatformString { unsafe open($0, O_RDONLY | O_CLOEXEC | O_NOCTTY) }
        guard raw >= 0 else { throw SystemError("read", path.string, Errno(rawValue: errno)) }
        file = OwnedDescriptor(raw)
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
            guard try fill() else { break }
        }
        defer { bytes = [] }
        return bytes.isEmpty ? nil : bytes[...]
    }

    private mutating func fill() throws(SystemError) -> Bool {
        let (used, size) = (bytes.count, 1 << 18)
        bytes.append(contentsOf: repeatElement(0, count: size))
        var count = 0
        repeat {
            count = unsafe bytes.withUnsafeMutableBytes {
                unsafe Glibc.read(file.raw, $0.baseAddress?.advanced(by: used), size)
            }
        } while count < 0 && errno == EINTR
        let answer = errno
        bytes.removeLast(size - max(count, 0))
        if count < 0 { throw SystemError("read", path.string, Errno(rawValue: answer)) }
        return count > 0
    }
}
