internal import CIsorunSystem
internal import Glibc
internal import SystemPackage

/// A text in memory that another program can read as a file: `memfd_create(2)`.
public struct MemoryFile: ~Copyable {
    /// The file, at its beginning; inherited by programs that are started.
    public let descriptor: OwnedDescriptor
    /// A path under which a program that inherits the descriptor finds it.
    public var path: String { "/proc/self/fd/\(descriptor.raw)" }

    /// Makes a file with this content.
    public init(_ text: String) throws(SystemError) {
        let raw = isorun_memory_file()
        let file = try OwnedDescriptor(raw, "make a file in memory")
        var text = text
        var failed = false
        text.withUTF8 { bytes in
            var done = 0
            while done < bytes.count {
                let count = unsafe Glibc.write(raw, bytes.baseAddress?.advanced(by: done), bytes.count - done)
                if count < 0 { failed = true; return }
                done += count
            }
        }
        if failed { throw SystemError("fill a file in memory", "", Errno(rawValue: errno)) }
        lseek(raw, 0, SEEK_SET)
        descriptor = file
    }
}
