import CIsorunChild
import Glibc
import IsorunSystem
import Testing

@Suite struct `A child that waits for its keeper` {
    /// It is cloned with a copy of every descriptor of the keeper's, the other end of its own socket among them.
    @Test func `hears that the keeper is gone, though it was cloned with all that the keeper had open`() throws {
        var sockets: SocketPair? = try SocketPair()
        let far = sockets?.far.raw ?? -1
        var pidfd: Int32 = -1
        var program = unsafe isorun_program()
        unsafe program.control = far
        let pid = unsafe isorun_child_start(&program, 0, -1, &pidfd)
        // In a container: its filter refuses clone3, which could make namespaces and whose flags it cannot see.
        if pid == -ENOSYS { try Test.cancel("clone3 is refused here") }
        // A negative number would be a process group's to kill below.
        try #require(pid > 0)
        defer {
            kill(pid, SIGKILL)
            waitpid(pid, nil, 0)
            close(pidfd)
        }
        // This process's own ends go, as they do with a keeper that is killed.
        sockets = nil
        var ended = pollfd(fd: pidfd, events: Int16(POLLIN), revents: 0)
        #expect(unsafe poll(&ended, 1, 10_000) == 1)
    }
}
