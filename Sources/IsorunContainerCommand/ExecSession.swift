internal import Glibc
internal import IsorunContainers
internal import IsorunReporting
internal import IsorunSandbox
internal import IsorunSystem

/// The client's side of `exec`: passes streams on until the command has ended.
///
/// The command never has this process's own streams: it gets pipes, or a terminal of the container's.
final class ExecSession {
    private var input: OwnedDescriptor?
    private var output: OwnedDescriptor?
    private var errors: OwnedDescriptor?
    // The command's ends.
    private var farInput: OwnedDescriptor?
    private var farOutput: OwnedDescriptor?
    private var farErrors: OwnedDescriptor?
    private var mode: TerminalMode?
    private var resizes: SignalSource?
    private var hasDoubted = false
    private let terminal: Bool
    private let interactive: Bool
    private let detached: Bool
    private var buffer = [UInt8](repeating: 0, count: 65536)

    init(terminal: Bool, interactive: Bool, detached: Bool) throws(SystemError) {
        self.terminal = terminal
        self.interactive = interactive
        self.detached = detached
        if terminal { return }
        var out = try Pipe()
        var err = try Pipe()
        if !detached {
            output = out.reader.take()
            errors = err.reader.take()
        }
        var feed = try Pipe()
        if interactive, !detached { input = feed.writer.take() }
        let null = try OwnedDescriptor.null()
        farInput = interactive && !detached ? feed.reader.take() : try null.duplicate("take")
        farOutput = detached ? try null.duplicate("take") : out.writer.take()
        farErrors = detached ? try null.duplicate("take") : err.writer.take()
    }

    /// The command's ends.
    var streams: [Int32] {
        guard let first = farInput?.raw, let second = farOutput?.raw, let third = farErrors?.raw else { return [] }
        return [first, second, third]
    }

    /// Passes on until the command has ended: its exit code.
    func run(_ keeper: borrowing Conversation) throws(ContainerError) -> Int32 {
        farInput = nil
        farOutput = nil
        farErrors = nil
        while true {
            var requests = [
                pollfd(fd: keeper.socket.raw, events: Int16(POLLIN), revents: 0),
                pollfd(fd: output?.raw ?? -1, events: Int16(POLLIN), revents: 0),
                pollfd(fd: errors?.raw ?? -1, events: Int16(POLLIN), revents: 0),
                pollfd(fd: input == nil ? -1 : STDIN_FILENO, events: Int16(POLLIN), revents: 0),
                pollfd(fd: resizes?.descriptor.raw ?? -1, events: Int16(POLLIN), revents: 0),
            ]
            if unsafe poll(&requests, 5, Conversation.usualPatience) == 0 { doubt(keeper) }
            if requests[1].revents != 0, !pass(output?.raw, to: STDOUT_FILENO) { output = nil }
            if requests[2].revents != 0, !pass(errors?.raw, to: STDERR_FILENO) { errors = nil }
            if requests[3].revents != 0 { feed() }
            if requests[4].revents != 0 { resize() }
            if requests[0].revents != 0, let code = try hear(keeper) { return code }
        }
    }

    /// Nothing has come for a while: which is as it should be, but for a keeper that is stopped.
    private func doubt(_ keeper: borrowing Conversation) {
        guard !hasDoubted, keeper.keeperState.isStopped else { return }
        hasDoubted = true
        complain(keeper.problem(after: Int64(Conversation.usualPatience)).description)
    }

    /// Takes one message of the keeper's; the exit code where it is the last.
    private func hear(_ keeper: borrowing Conversation) throws(ContainerError) -> Int32? {
        guard var message = try keeper.hear() else {
            drain()
            mode = nil
            complain("the container ended, and with it the command")
            return 137
        }
        if message.body["terminal"]?.bool == true, let master = message.descriptors.take() { take(master) }
        if message.body["started"]?.bool == true, detached { return 0 }
        guard let code: Int32 = message.body["exited"]?.integer() else { return nil }
        drain()
        mode = nil
        if let problem = message.body["problem"]?.string { complain(problem) }
        return code
    }

    private func take(_ master: consuming OwnedDescriptor) {
        if !detached {
            mode = TerminalMode(raw: STDIN_FILENO)
            resizes = try? SignalSource([SIGWINCH])
            if interactive { input = try? master.duplicate("write to the terminal") }
        }
        output = consume master
        resize()
    }

    private func resize() {
        while resizes?.next() != nil {}
        if let raw = output?.raw, terminal { TerminalMode.copySize(from: STDIN_FILENO, to: raw) }
    }

    /// False at the end of the stream.
    private func pass(_ source: Int32?, to target: Int32) -> Bool {
        guard let source else { return false }
        let count = unsafe read(source, &buffer, buffer.count)
        if count < 0 && (errno == EINTR || errno == EAGAIN) { return true }
        guard count > 0 else { return false }
        emit(Array(buffer[..<count]), to: target)
        return true
    }

    private func feed() {
        guard let target = input?.raw else { return }
        let count = unsafe read(STDIN_FILENO, &buffer, buffer.count)
        if count < 0 && (errno == EINTR || errno == EAGAIN) { return }
        guard count > 0 else {
            input = nil
            return
        }
        var done = 0
        while done < count {
            let written = unsafe buffer.withUnsafeBytes {
                unsafe write(target, $0.baseAddress?.advanced(by: done), count - done)
            }
            if written < 0 && errno == EINTR { continue }
            // The command reads no more, which is its right.
            guard written > 0 else {
                input = nil
                return
            }
            done += written
        }
    }

    /// What the command wrote before its end is in the pipes; a terminal's last bytes may be on their way.
    private func drain() {
        for (source, target) in [(output?.raw, STDOUT_FILENO), (errors?.raw, STDERR_FILENO)] {
            guard let source else { continue }
            var request = pollfd(fd: source, events: Int16(POLLIN), revents: 0)
            while unsafe poll(&request, 1, terminal ? 100 : 0) > 0, pass(source, to: target) {}
        }
    }
}
