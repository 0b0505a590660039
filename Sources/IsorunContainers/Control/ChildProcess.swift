internal import Glibc
package import IsorunModel
package import IsorunSystem
internal import SystemPackage

/// A program that this process has started with streams and descriptors of its choice, and waits for.
package struct ChildProcess: ~Copyable {
    /// An owned descriptor that can stand in an array.
    final class Descriptor {
        private let descriptor: OwnedDescriptor
        var raw: Int32 { descriptor.raw }
        init(_ descriptor: consuming OwnedDescriptor) { self.descriptor = descriptor }
    }

    private let pid: pid_t

    /// Starts a program; what it is not given is closed, and stderr is this process's own.
    ///
    /// - Parameters:
    ///   - program: its path.
    ///   - words: its arguments, the name first.
    ///   - input: its stdin; nil is nobody's.
    ///   - output: its stdout; nil is nobody's.
    ///   - descriptors: what it finds from 3 on.
    /// - Throws: the kernel's answer.
    package init(
        _ program: String,
        _ words: [ByteString],
        input: Int32?,
        output: Int32?,
        descriptors: [Int32]
    ) throws(SystemError) {
        var vector: [UnsafeMutablePointer<CChar>?] = unsafe []
        for word in words { unsafe vector.append(strdup(word.bytes.map { CChar(bitPattern: $0) } + [0])) }
        unsafe vector.append(nil)
        defer { unsafe vector.forEach { unsafe free($0) } }
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        // First out of the way, then into place: the numbers may be each other's.
        let far: Int32 = 200
        let streams = [(input, STDIN_FILENO), (output, STDOUT_FILENO)]
        for (raw, target) in streams {
            if let raw { unsafe posix_spawn_file_actions_adddup2(&actions, raw, far + target) }
        }
        for (index, raw) in descriptors.enumerated() {
            unsafe posix_spawn_file_actions_adddup2(&actions, raw, far + 3 + Int32(index))
        }
        for (raw, target) in streams {
            if raw != nil {
                unsafe posix_spawn_file_actions_adddup2(&actions, far + target, target)
                unsafe posix_spawn_file_actions_addclose(&actions, far + target)
            } else {
                unsafe posix_spawn_file_actions_addopen(&actions, target, "/dev/null", O_RDWR, 0)
            }
        }
        for index in descriptors.indices {
            let number = 3 + Int32(index)
            unsafe posix_spawn_file_actions_adddup2(&actions, far + number, number)
            unsafe posix_spawn_file_actions_addclose(&actions, far + number)
        }
        var pid: pid_t = 0
        let result = unsafe posix_spawn(&pid, program, &actions, nil, vector, environ)
        guard result == 0 else { throw SystemError("start", program, Errno(rawValue: result)) }
        self.pid = pid
    }

    /// Waits for its end: its exit code, or 128 and the signal's number.
    package consuming func wait() -> Int32 {
        var status: Int32 = 0
        while unsafe waitpid(pid, &status, 0) < 0 && errno == EINTR {}
        let signal = status & 0x7f
        return signal == 0 ? status >> 8 & 0xff : 128 + signal
    }
}
