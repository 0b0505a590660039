internal import Glibc
internal import SystemPackage

/// A helper program of the host that reads what isorun writes to it, until isorun is done or gone.
public struct PipedProgram: ~Copyable {
    private let input: OwnedDescriptor
    private let pid: pid_t

    /// Starts a program by its path, with this process's own stdout and stderr.
    public init(_ arguments: [String]) throws(SystemError) {
        var pipe = try Pipe()
        guard let reading = pipe.reader.take(), let writing = pipe.writer.take() else {
            throw SystemError("make a pipe", "", .badFileDescriptor)
        }
        self.init(pid: try Self.start(arguments, reading: reading.raw), input: writing)
    }

    private init(pid: pid_t, input: consuming OwnedDescriptor) {
        self.pid = pid
        self.input = input
    }

    private static func start(_ arguments: [String], reading: Int32) throws(SystemError) -> pid_t {
        let path = arguments.first ?? ""
        var pointers: [UnsafeMutablePointer<CChar>?] = unsafe []
        for argument in arguments { unsafe pointers.append(strdup(argument)) }
        unsafe pointers.append(nil)
        defer { unsafe pointers.forEach { unsafe free($0) } }
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_adddup2(&actions, reading, 0)
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        // isorun blocks the signals that it hears on a thread of its own; a helper should not inherit that.
        var none = sigset_t()
        unsafe sigemptyset(&none)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var pid: pid_t = 0
        let result = unsafe posix_spawn(&pid, path, &actions, &attributes, pointers, environ)
        guard result == 0 else { throw SystemError("run", path, Errno(rawValue: result)) }
        return pid
    }

    /// Writes all of a text; a reader that is gone is told of by ``finish()``.
    public func write(_ text: String) {
        var text = text
        text.withUTF8 { bytes in
            var done = 0
            while done < bytes.count {
                let count = unsafe Glibc.write(input.raw, bytes.baseAddress?.advanced(by: done), bytes.count - done)
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { return }
                done += count
            }
        }
    }

    /// Says that nothing more comes and waits for its end: its exit code, or 128 and the signal's number.
    public consuming func finish() -> Int32 {
        let pid = pid
        close()
        var status: Int32 = 0
        while unsafe waitpid(pid, &status, 0) < 0 && errno == EINTR {}
        return status & 0x7f == 0 ? status >> 8 & 0xff : 128 + status & 0x7f
    }

    private consuming func close() {}
}
