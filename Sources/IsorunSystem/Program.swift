internal import Glibc
public import SystemPackage

/// A helper program of the host, run to its end with isorun's own streams.
public enum Program {
    /// Runs a program by its path: its exit code, or 128 and the signal's number.
    ///
    /// - Parameters:
    ///   - arguments: the path first.
    ///   - input: its standard input; isorun's own unless named.
    ///   - output: its standard output.
    ///   - hearsSignals: whether it hears those that isorun holds back, and so ends before isorun does.
    /// - Returns: the exit code.
    /// - Throws: `SystemError` where it cannot be started.
    public static func run(
        _ arguments: [String],
        input: FileDescriptor? = nil,
        output: FileDescriptor? = nil,
        hearsSignals: Bool = false
    ) throws(SystemError) -> Int32 {
        var pointers: [UnsafeMutablePointer<CChar>?] = unsafe []
        for argument in arguments { unsafe pointers.append(strdup(argument)) }
        unsafe pointers.append(nil)
        defer { unsafe pointers.forEach { unsafe free($0) } }
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        if let input { unsafe posix_spawn_file_actions_adddup2(&actions, input.rawValue, 0) }
        if let output { unsafe posix_spawn_file_actions_adddup2(&actions, output.rawValue, 1) }
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        // What isorun holds back until its reports are written a helper does not hear either; nothing else is inherited.
        var held = sigset_t()
        unsafe sigemptyset(&held)
        if !hearsSignals { held = heldSignals }
        unsafe posix_spawnattr_setsigmask(&attributes, &held)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var pid: pid_t = 0
        let result = unsafe posix_spawn(&pid, arguments[0], &actions, &attributes, pointers, environ)
        guard result == 0 else { throw SystemError("run", arguments[0], Errno(rawValue: result)) }
        var status: Int32 = 0
        while unsafe waitpid(pid, &status, 0) < 0 && errno == EINTR {}
        return status & 0x7f == 0 ? status >> 8 & 0xff : 128 + status & 0x7f
    }

    /// Of the signals that end isorun those that are blocked.
    private static var heldSignals: sigset_t {
        var blocked = sigset_t()
        var held = sigset_t()
        unsafe pthread_sigmask(SIG_BLOCK, nil, &blocked)
        unsafe sigemptyset(&held)
        for signal in EndingSignals.all where unsafe sigismember(&blocked, signal) == 1 {
            unsafe sigaddset(&held, signal)
        }
        return held
    }
}
