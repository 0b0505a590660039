internal import Glibc
public import SystemPackage

/// A file descriptor that is closed with its owner.
public struct OwnedDescriptor: ~Copyable, Sendable {
    /// The number, for calls that only look at it.
    public let raw: Int32

    /// Takes over a descriptor.
    public init(_ raw: Int32) {
        self.raw = raw
    }

    /// Takes over the result of a call of the C layer, or throws its `-errno`.
    package init(
        _ result: Int32,
        _ action: @autoclosure () -> String,
        _ subject: @autoclosure () -> String = ""
    ) throws(SystemError) {
        self.raw = try check(result, action(), subject())
    }

    deinit {
        _ = Glibc.close(raw)
    }

    /// Gives the descriptor up to the caller, who must close it.
    public consuming func release() -> Int32 {
        let raw = raw
        discard self
        return raw
    }

    /// Another descriptor of the same open file, closed on exec; `fcntl(2)` with `F_DUPFD_CLOEXEC`.
    package func duplicate(_ action: @autoclosure () -> String) throws(SystemError) -> OwnedDescriptor {
        let copy = fcntl(raw, F_DUPFD_CLOEXEC, 3)
        return try OwnedDescriptor(copy < 0 ? -errno : copy, action())
    }

    /// The descriptor for swift-system's own calls; it stays owned here.
    public var borrowed: FileDescriptor { FileDescriptor(rawValue: raw) }
}
