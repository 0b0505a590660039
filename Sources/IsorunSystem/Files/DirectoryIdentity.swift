internal import CIsorunSystem

/// What tells a directory from any other that has stood, or will stand, at its path.
public struct DirectoryIdentity: Hashable, Sendable, CustomStringConvertible {
    private let device: UInt64
    private let inode: UInt64
    // An inode's number is given again once it is free; most file systems keep when it was given.
    private let bornSeconds: Int64
    private let bornNanoseconds: UInt32

    /// Looks at an open directory.
    public init(of directory: borrowing HeldDirectory) throws(SystemError) {
        var found = isorun_identity()
        let result = unsafe isorun_identity_of(directory.descriptor.raw, &found)
        _ = try check(result, "tell which directory it is")
        device = found.device
        inode = found.inode
        bornSeconds = found.born_s
        bornNanoseconds = found.born_ns
    }

    /// In one word.
    public var description: String { "\(device):\(inode):\(bornSeconds).\(bornNanoseconds)" }
}
