internal import CIsorunSystem

/// A pipe, both ends close-on-exec; `take()` an end to hand it on.
public struct Pipe: ~Copyable {
    /// The end to read from.
    public var reader: OwnedDescriptor?
    /// The end to write to.
    public var writer: OwnedDescriptor?

    /// Makes a pipe: `pipe2(2)`.
    public init() throws(SystemError) {
        var reader: Int32 = -1
        var writer: Int32 = -1
        _ = try unsafe check(isorun_pipe(&reader, &writer), "make a pipe")
        self.reader = OwnedDescriptor(reader)
        self.writer = OwnedDescriptor(writer)
    }
}

/// A pair of connected sockets that keep message boundaries and carry descriptors.
public struct SocketPair: ~Copyable {
    /// The keeper's end.
    public var near: OwnedDescriptor
    /// The child's end.
    public var far: OwnedDescriptor

    /// Makes a pair: `socketpair(2)` with SOCK_SEQPACKET.
    public init() throws(SystemError) {
        var near: Int32 = -1
        var far: Int32 = -1
        _ = try unsafe check(isorun_socket_pair(&near, &far), "make a socket pair")
        self.near = OwnedDescriptor(near)
        self.far = OwnedDescriptor(far)
    }

    /// Closes the child's end and hands on the keeper's.
    public consuming func keepNear() -> OwnedDescriptor {
        near
    }
}
