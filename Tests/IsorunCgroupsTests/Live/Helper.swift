import Glibc
import IsorunSystem

@testable import IsorunCgroups

/// A shell that waits at its standard input before it does anything; killed and reaped with its owner.
final class Helper {
    let pid: Int32
    private let gate: OwnedDescriptor
    private var reaped = false

    /// Starts `script` behind the gate.
    init(_ script: String) {
        var ends: [Int32] = [-1, -1]
        precondition(unsafe pipe(&ends) == 0)
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let reader = OwnedDescriptor(ends[0])
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        unsafe posix_spawn_file_actions_adddup2(&actions, reader.raw, 0)
        for stream in [Int32(1), 2] {
            unsafe posix_spawn_file_actions_addopen(&actions, stream, "/dev/null", O_WRONLY, 0)
        }
        let arguments = ["sh", "-c", "read go || exit 99; \(script)"]
        var vector = unsafe arguments.map { unsafe strdup($0) } + [nil]
        var environment = unsafe [strdup("PATH=/usr/bin:/bin"), nil]
        var pid: pid_t = 0
        let result = unsafe posix_spawn(&pid, "/bin/sh", &actions, nil, &vector, &environment)
        precondition(result == 0, "cannot start /bin/sh")
        unsafe posix_spawn_file_actions_destroy(&actions)
        unsafe (vector + environment).forEach { unsafe free($0) }
        self.pid = pid
        gate = OwnedDescriptor(ends[1])
    }

    deinit {
        if !reaped {
            kill(pid, SIGKILL)
            wait()
        }
    }

    /// Opens the gate.
    func go() { _ = unsafe write(gate.raw, "\n", 1) }

    /// Waits for the end; the raw wait status.
    @discardableResult
    func wait() -> Int32 {
        var status: Int32 = 0
        while unsafe waitpid(pid, &status, 0) < 0, errno == EINTR {}
        reaped = true
        return status
    }
}

/// An eventfd(2), which the Glibc module lacks.
func makeEvent() throws -> Int32 {
    typealias Function = @convention(c) (UInt32, Int32) -> Int32
    let symbol = try unsafe requireNotNil(dlsym(nil, "eventfd"))
    return unsafe unsafeBitCast(symbol, to: Function.self)(0, O_CLOEXEC | O_NONBLOCK)
}

/// Waits until a descriptor is ready, at most ten seconds.
func isReady(_ descriptor: Int32, for events: Int32) -> Bool {
    var wait = pollfd(fd: descriptor, events: Int16(events), revents: 0)
    return unsafe poll(&wait, 1, 10_000) == 1
}
