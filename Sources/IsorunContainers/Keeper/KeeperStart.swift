internal import CIsorunSystem
internal import Glibc
package import IsorunModel
internal import IsorunReporting
package import IsorunSystem
internal import SystemPackage

/// How a client makes a keeper: a fresh process in a session of its own, with nothing of the client's open.
package enum KeeperStart {
    /// What became of it.
    package enum Outcome {
        /// The job runs; what there is to note about it.
        case started(notes: [String])
        /// Nothing of it ran: why, and the exit code that says so.
        case failed(problem: String, exitCode: Int32)
    }

    /// Starts a keeper for a claimed container and waits until its job runs.
    ///
    /// - Parameters:
    ///   - claimed: the container; the keeper takes its lock over.
    ///   - program: the keeper's program.
    ///   - words: its arguments, the program's name first.
    /// - Returns: what became of it.
    /// - Throws: where no process can be made.
    package static func start(
        _ claimed: borrowing ClaimedContainer,
        program: String,
        words: [ByteString]
    ) throws(SystemError) -> Outcome {
        var pipe = try Pipe()
        guard let reading = pipe.reader.take(), let writing = pipe.writer.take() else {
            throw SystemError("make a pipe", "", .badFileDescriptor)
        }
        try spawn(program, words, lock: claimed.lock.raw, ready: writing.raw)
        _ = consume writing
        let bytes = try SmallFile.read(reading, named: "the keeper's word", limit: 1 << 20)
        guard let word = try? JSON(parsing: bytes) else {
            return .failed(problem: "the container's keeper ended before its job ran", exitCode: 125)
        }
        if let problem = word["error"]?.string {
            return .failed(problem: problem, exitCode: word["exitCode"]?.integer() ?? 125)
        }
        return .started(notes: word["notes"]?.array?.compactMap(\.string) ?? [])
    }

    private static func spawn(
        _ program: String,
        _ words: [ByteString],
        lock: Int32,
        ready: Int32
    ) throws(SystemError) {
        var vector: [UnsafeMutablePointer<CChar>?] = unsafe []
        for word in words { unsafe vector.append(strdup(word.bytes.map { CChar(bitPattern: $0) } + [0])) }
        unsafe vector.append(nil)
        defer { unsafe vector.forEach { unsafe free($0) } }
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        // First out of the way, then into place: the numbers may be each other's.
        let far = try [lock, ready].map { (one) throws(SystemError) in
            let copy = fcntl(one, F_DUPFD_CLOEXEC, KeeperProgram.readyDescriptor + 1)
            return try check(copy < 0 ? -errno : copy, "start the keeper", program)
        }
        defer { far.forEach { close($0) } }
        unsafe posix_spawn_file_actions_adddup2(&actions, far[0], KeeperProgram.lockDescriptor)
        unsafe posix_spawn_file_actions_adddup2(&actions, far[1], KeeperProgram.readyDescriptor)
        unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDWR, 0)
        unsafe posix_spawn_file_actions_adddup2(&actions, 0, 1)
        unsafe posix_spawn_file_actions_adddup2(&actions, 0, 2)
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        unsafe posix_spawnattr_setflags(&attributes, Int16(isorun_spawn_setsid))
        var pid: pid_t = 0
        let result = unsafe posix_spawn(&pid, program, &actions, &attributes, vector, environ)
        guard result == 0 else { throw SystemError("start the keeper", program, Errno(rawValue: result)) }
    }
}
