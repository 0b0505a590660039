internal import CIsorunSystem
internal import IsorunSystem
internal import SystemPackage

/// Makes files the caller's own that belong to other ids of his containers.
///
/// A process in a user namespace with the same ids does it: its root, who is the caller, may do anything to files of all
/// of them, whatever namespace they were made in (user_namespaces(7)). So the container may be gone.
final class FileClaims {
    private let socket: OwnedDescriptor
    private let pid: Int32

    /// Starts it.
    init(_ identity: IdentityRange) throws(SystemError) {
        let sockets = try SocketPair()
        pid = try check(isorun_serve_claims(sockets.far.raw), "clone a process")
        socket = sockets.keepNear()
        try hear("make a user namespace")
        try identity.apply(to: pid)
    }

    deinit { isorun_end_claims(socket.raw, pid) }

    /// Makes what is held the caller's, with a mode.
    func claim(_ file: borrowing OwnedDescriptor, mode: UInt32) throws(SystemError) {
        var (mode, number) = (mode, file.raw)
        let result = unsafe isorun_send(socket.raw, &mode, MemoryLayout<UInt32>.size, &number, 1)
        _ = try check(result, "make it readable")
        try hear("make it readable")
    }

    private func hear(_ action: String) throws(SystemError) {
        var answer: Int32 = 0
        var file: Int32 = -1
        let length = unsafe isorun_receive(socket.raw, &answer, MemoryLayout<Int32>.size, &file)
        guard length == MemoryLayout<Int32>.size else {
            throw SystemError(action, "", .brokenPipe, detail: "what was to do it has ended")
        }
        _ = try check(answer, action)
    }
}
