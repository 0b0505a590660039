internal import Glibc
internal import IsorunContainers
internal import IsorunReporting
internal import IsorunSandbox
internal import IsorunSystem

/// The client's side of `attach`: shows what the container writes from now on and passes input and signals on.
///
/// What is shown is read from the log, as `logs -f` reads it: however slow this reader is, the container waits for
/// nobody. Input goes into the container's own pipe or terminal, whose end the keeper hands over.
final class AttachSession {
    private let follower: LogFollower
    private let keeper: Conversation
    private let container: String
    private var input: OwnedDescriptor?
    private var terminal: OwnedDescriptor?
    private var keys: DetachKeys
    private let isTerminal: Bool
    private var mode: TerminalMode?
    private let signals: SignalSource
    private var buffer = [UInt8](repeating: 0, count: 4096)

    /// How it ended.
    enum End { case container(ContainerEnd?), detached }

    init(
        _ found: borrowing Container,
        passesInput: Bool,
        passesSignals: Bool,
        keys: DetachKeys
    ) throws(ContainerError) {
        guard let keeper = try Conversation(with: found) else {
            throw ContainerError("container \(found.record.name) has ended")
        }
        follower = try telling { () throws(SystemError) in try LogFollower(found, follows: true) }
        try keeper.ask("attach")
        guard var reply = try keeper.answer() else { throw ContainerError("container \(found.record.name) has ended") }
        var handed = reply.descriptors.take()
        isTerminal = found.record.terminal
        container = found.id
        self.keys = keys
        var passed: [Int32] = isTerminal ? [SIGWINCH] : []
        if passesSignals { passed += [SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2] }
        signals = try telling { () throws(SystemError) in try SignalSource(passed) }
        // A terminal is given this one's size, and paints itself anew, whether or not keys go there.
        terminal =
            isTerminal ? try telling { () throws(SystemError) in try handed?.duplicate("keep the terminal") } : nil
        if let raw = terminal?.raw { TerminalMode.copySize(from: STDIN_FILENO, to: raw) }
        if found.record.interactive, passesInput { input = handed.take() }
        self.keeper = consume keeper
        if isTerminal, input != nil { mode = TerminalMode(raw: STDIN_FILENO) }
    }

    /// Goes on until the container ends or somebody detaches.
    func run() throws(ContainerError) -> End {
        follower.skip()
        while true {
            var room = pollfd(fd: input?.raw ?? -1, events: Int16(POLLOUT), revents: 0)
            // What the container does not read stays here, and holds nothing else up.
            let isReady = unsafe poll(&room, 1, 0) > 0
            let hasRoom = input != nil && isReady
            var requests = [
                pollfd(fd: follower.watchDescriptor, events: Int16(POLLIN), revents: 0),
                pollfd(fd: keeper.socket.raw, events: Int16(POLLIN), revents: 0),
                pollfd(fd: hasRoom ? STDIN_FILENO : -1, events: Int16(POLLIN), revents: 0),
                pollfd(fd: hasRoom ? -1 : input?.raw ?? -1, events: Int16(POLLOUT), revents: 0),
                pollfd(fd: signals.descriptor.raw, events: Int16(POLLIN), revents: 0),
            ]
            _ = unsafe poll(&requests, 5, -1)
            if requests[4].revents != 0 { try passSignals() }
            if requests[2].revents != 0, !feed() {
                show()
                mode = nil
                return .detached
            }
            let isOver = requests[1].revents != 0
            show()
            if isOver {
                let end = try keeper.waitForEnd(notice: complain)
                show()
                mode = nil
                return .container(end)
            }
        }
    }

    private func show() {
        follower.showNew { record in
            var bytes = record.bytes
            if record.isWhole { bytes.append(UInt8(ascii: "\n")) }
            emit(bytes, to: record.stream == .output ? STDOUT_FILENO : STDERR_FILENO)
        }
    }

    /// False where the keys to detach were typed.
    private func feed() -> Bool {
        let count = unsafe read(STDIN_FILENO, &buffer, buffer.count)
        if count < 0 && (errno == EINTR || errno == EAGAIN) { return true }
        guard count > 0 else {
            // The container's input stays open for whoever comes next.
            input = nil
            return true
        }
        let (passed, isOver) = isTerminal ? keys.take(buffer[..<count]) : (Array(buffer[..<count]), false)
        var done = 0
        while done < passed.count, let raw = input?.raw {
            let written = unsafe passed.withUnsafeBytes {
                unsafe write(raw, $0.baseAddress?.advanced(by: done), $0.count - done)
            }
            if written < 0 && errno == EINTR { continue }
            guard written > 0 else {
                input = nil
                break
            }
            done += written
        }
        return !isOver
    }

    private func passSignals() throws(ContainerError) {
        while let signal = signals.next() {
            if signal == SIGWINCH {
                if let raw = terminal?.raw { TerminalMode.copySize(from: STDIN_FILENO, to: raw) }
                continue
            }
            let store = try telling { () throws(SystemError) in try ContainerStore.own() }
            guard let found = try? store.container(container), let other = try Conversation(with: found) else { return }
            try other.ask("kill", [.init("signal", .whole(signal))])
            _ = try other.answer()
        }
    }
}
