internal import IsorunModel

/// How much of a container's log is kept: docker's `--log-opt max-size=…` and `max-file=…`.
package struct LogBounds: Hashable, Sendable {
    /// Bytes after which a file is closed and the next begun.
    package var fileSize: UInt64 = 5 << 20
    /// Files that are kept, the one being written among them.
    package var files = 2

    package init() {}

    /// Takes one `KEY=VALUE`; nil where it is none, else whether it could be understood.
    package mutating func set(_ option: String) -> Bool {
        let parts = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2 else { return false }
        switch parts[0] {
        case "max-size":
            guard let size = ByteCount(parsing: parts[1]), size.bytes >= 4096 else { return false }
            fileSize = size.bytes
        case "max-file":
            guard let count = Int(parts[1]), 1...100 ~= count else { return false }
            files = count
        default: return false
        }
        return true
    }
}
