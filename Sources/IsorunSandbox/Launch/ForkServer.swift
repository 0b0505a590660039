internal import CIsorunChild
internal import CIsorunSystem
internal import Glibc
internal import IsorunSystem
internal import Synchronization

/// A small process that clones containers for this one, whose memory grows with its jobs.
///
/// The more a process has in its memory the longer its clone takes, and each page that is written to afterwards is copied
/// first. See fork_server.c.
@safe final class ForkServer: Sendable {
    /// Bytes of an order; a program that needs more is cloned without the server.
    private static let size = 192 << 10
    private nonisolated(unsafe) let order: UnsafeMutablePointer<isorun_fork_order>
    private let server: isorun_fork_server
    private let state = Mutex(State.ready)

    private enum State { case ready, broken, ended }

    /// Its id.
    var pid: Int32 { server.pid }

    /// Starts one, by a thread that lives as long as it is needed; nil where that is not possible.
    init?() {
        guard let memory = unsafe isorun_reserve_memory(Self.size) else { return nil }
        unsafe order = memory.bindMemory(to: isorun_fork_order.self, capacity: 1)
        var server = isorun_fork_server()
        guard unsafe isorun_fork_server_start(order, Self.size, &server) == 0 else {
            unsafe isorun_release_memory(memory, Self.size)
            return nil
        }
        self.server = server
    }

    deinit {
        end()
        unsafe isorun_release_memory(order, Self.size)
    }

    /// Ends it; whoever asks it to clone from now on clones by itself.
    func end() {
        state.withLock { state in
            if state != .ended { unsafe isorun_fork_server_end([server]) }
            state = .ended
        }
    }

    /// Clones a child; nil where the server cannot, and somebody else has to.
    ///
    /// - Parameters:
    ///   - needed: bytes that the program needs at most.
    ///   - flags: CLONE_NEW* for its namespaces.
    ///   - cgroup: a cgroup2 directory to begin in, or -1.
    ///   - pidfd: is made the child's.
    ///   - write: puts the program into memory that it is handed.
    /// - Returns: its pid, or -errno.
    func clone(
        _ needed: Int,
        flags: UInt64,
        cgroup: Int32,
        _ pidfd: inout Int32,
        write: (MemoryArena) -> JobMemory
    ) -> Int32? {
        let head = unsafe (MemoryLayout<isorun_fork_order>.size + 15) & ~15
        guard head + needed <= Self.size else { return nil }
        return state.withLock { state in
            guard state == .ready else { return nil }
            let rest = unsafe UnsafeMutableRawBufferPointer(
                start: UnsafeMutableRawPointer(order) + head,
                count: Self.size - head
            )
            let arena = unsafe MemoryArena(filling: rest)
            let memory = write(arena)
            unsafe order.pointee = unsafe isorun_fork_order(flags: flags, cgroup: cgroup, program: memory.program)
            let result = unsafe isorun_fork_server_clone([server], order, Self.size - arena.free, &pidfd)
            if result == -ECHILD || result == -ESRCH { state = .broken }
            // A child that may be there has the other end of the control socket: a second one would be in its way.
            return result == -ESRCH ? nil : result
        }
    }
}
