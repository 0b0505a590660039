/// A filter as the kernel takes it.
public struct CompiledFilter: Hashable, Sendable {
    /// An array of `struct sock_filter`, 8 bytes each, in the machine's byte order.
    public var program: [UInt8]
    /// Whether some call returns `SECCOMP_RET_USER_NOTIF`: load it with `SECCOMP_FILTER_FLAG_NEW_LISTENER`, and
    /// have the keeper hold the listener before the job runs.
    public var usesNotification: Bool
    /// Whether the program was read from the cache.
    public var fromCache: Bool
    /// What isorun's own calls between filter and `execve` carry as sixth argument, by which they pass; nil where the
    /// profile allows them anyway.
    package var launchKey: UInt64?

    /// Makes a filter of a program; its length is a multiple of 8.
    public init(program: [UInt8], usesNotification: Bool, fromCache: Bool) {
        self.program = program
        self.usesNotification = usesNotification
        self.fromCache = fromCache
    }

    /// FNV-1a of the program: the same number is the same filter.
    public var programDigest: UInt64 { FNV1a.digest(of: program) }

    /// How many instructions the program has; the kernel's bound is 4096.
    public var instructionCount: Int { program.count / 8 }
}
