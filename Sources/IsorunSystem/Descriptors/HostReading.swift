internal import Glibc
public import SystemPackage

/// Reads files that tell what a host is, and remembers the first that did not tell.
///
/// A file that is missing, or that this caller may not read, says something (``SystemError/isAnswer``). One that could
/// not be read for want of descriptors or memory, or as its disk failed, says nothing: whoever takes it for empty sees a
/// host without cgroups, and one where nobody has a home that is to be hidden.
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

    /// Reads a whole file.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - limit: bytes.
    /// - Returns: at most `limit` bytes of it; nil where it is missing or not to be read.
    /// - Throws: where that is not known.
    public static func answer(_ path: FilePath, limit: Int = 16 << 20) throws(SystemError) -> [UInt8]? {
        try answer { () throws(SystemError) in try SmallFile.read(path, limit: limit) }
    }

    /// Looks at something of the host: nil where it is missing, or not for this caller.
    ///
    /// - Throws: where that is not known.
    public static func answer<Found: ~Copyable>(
        _ look: () throws(SystemError) -> Found?
    ) throws(SystemError) -> Found? {
        do throws(SystemError) { return try look() } catch  where error.isAnswer { return nil }
    }

    /// Remembers an error that says nothing about the host.
    public mutating func note(_ error: SystemError?) {
        guard let error, failure == nil, !error.isAnswer else { return }
        failure = error
    }
}

extension SystemError {
    /// Whether it says what stands there: nothing, nothing for this caller, a link or a mount that is not to be followed,
    /// or what the kernel has not, or has no more.
    public var isAnswer: Bool { Self.answers.contains(errno) }

    private static let answers: [Errno] = [
        .noSuchFileOrDirectory, .notDirectory, .permissionDenied, .notPermitted, .tooManySymbolicLinkLevels,
        .improperLink, .notSupported, .operationNotSupportedByDevice, .noSuchAddressOrDevice, .invalidArgument,
        .fileNameTooLong,
    ]
}
