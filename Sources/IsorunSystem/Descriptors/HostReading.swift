internal import Glibc
public import SystemPackage

/// Reads files that tell what a host is, and remembers the first that did not tell.
///
/// A file that is missing, or that this caller may not read, says something. One that could not be read for want of
/// descriptors or memory, or as its disk failed, says nothing: whoever takes it for empty sees a host without cgroups,
/// and one where nobody has a home that is to be hidden.
public struct HostReading: Sendable {
    /// Why nothing may be concluded from what was read; nil where everything was.
    public private(set) var failure: SystemError?

    /// Has read nothing yet.
    public init() {}

    /// Reads a whole file.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - limit: bytes.
    ///   - isVital: whether every host has it, so that its absence says nothing, either.
    /// - Returns: at most `limit` bytes of it; none where it is missing or not to be read.
    public mutating func bytes(_ path: FilePath, limit: Int = 16 << 20, isVital: Bool = false) -> [UInt8] {
        do throws(SystemError) {
            return try SmallFile.read(path, limit: limit)
        } catch {
            if isVital { failure = failure ?? error } else { note(error) }
            return []
        }
    }

    /// Remembers an error that says nothing about the host.
    public mutating func note(_ error: SystemError?) {
        guard let error, failure == nil, Self.lacks.contains(error.errno) else { return }
        failure = error
    }

    private static let lacks: [Errno] = [.tooManyOpenFiles, .tooManyOpenFilesInSystem, .noMemory, .ioError]
}
