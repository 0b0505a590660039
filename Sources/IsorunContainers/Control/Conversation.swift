internal import CIsorunSystem
internal import Glibc
internal import IsorunModel
package import IsorunReporting
package import IsorunSystem
internal import SystemPackage

/// A client's side of a talk with a container's keeper.
///
/// A keeper that lives answers at once. One that is stopped, or hangs, is told as such after a while: nobody waits for
/// ever without a word.
package struct Conversation: ~Copyable {
    package let socket: OwnedDescriptor
    private let name: String
    private let keeperPID: Int32?
    private let patience: Int32

    /// Milliseconds that an answer may take which is due at once.
    package static let usualPatience: Int32 = 10_000
    /// The same of one that still makes its container.
    private static let patienceWithBeginners: Int32 = 60_000

    /// Calls the keeper; nil where there is none any more.
    ///
    /// - Parameters:
    ///   - container: whose keeper.
    ///   - patience: milliseconds that its answers may take; one that still makes its container is given more.
    /// - Throws: where it does not take calls.
    package init?(
        with container: borrowing Container,
        patience: Int32 = Self.usualPatience
    ) throws(ContainerError) {
        let raw = unsafe isorun_connect(container.directory.descriptor.raw, Container.socketName, patience)
        if raw == -EAGAIN {
            throw Self.silence(container.record.name, KeeperState(of: container.record.keeperPID), Int64(patience))
        }
        guard raw >= 0 else { return nil }
        socket = OwnedDescriptor(raw)
        name = container.record.name
        self.patience = container.status == .created ? max(patience, Self.patienceWithBeginners) : patience
        var peer = isorun_peer()
        keeperPID = unsafe isorun_peer(raw, &peer) == 0 && peer.pid > 0 ? peer.pid : nil
    }

    /// Asks for something.
    package func ask(_ verb: String, _ details: [JSON.Member] = [], _ descriptors: [Int32] = []) throws(ContainerError)
    {
        let body = JSON.object([.init("verb", .string(verb))] + details)
        guard Message.send(body, descriptors, to: socket.raw) else {
            throw ContainerError(
                body.line.utf8.count > Message.longest
                    ? "cannot tell the container's keeper: command and environment are too long"
                    : "the container's keeper does not listen any more"
            )
        }
    }

    /// The next message; nil where the keeper is gone.
    package func hear() throws(ContainerError) -> Message? {
        switch Message.receive(from: socket.raw) {
        case .message(let message):
            if let problem = message.body["error"]?.string { throw ContainerError(problem) }
            return message
        case .nothing: return nil
        case .ended: return nil
        }
    }

    /// The answer to what was asked, which is due at once; nil where the keeper is gone.
    package func answer() throws(ContainerError) -> Message? {
        try awaitAnswer()
        return try hear()
    }

    /// Waits for the answer to what was asked, or for the keeper's end.
    package func awaitAnswer() throws(ContainerError) {
        guard speaks(withinMilliseconds: patience) else { throw problem(after: Int64(patience)) }
    }

    /// Whether the keeper says anything within this time; its end counts.
    package func speaks(withinMilliseconds limit: Int32) -> Bool {
        var request = pollfd(fd: socket.raw, events: Int16(POLLIN), revents: 0)
        return unsafe poll(&request, 1, limit) > 0
    }

    /// Waits for the container's end.
    ///
    /// - Parameters:
    ///   - limit: milliseconds after which a keeper that is stopped is an error; nil waits for it, too.
    ///   - notice: hears once why it takes so long: of a keeper that is stopped, or of one past the limit.
    /// - Returns: how it ended; nil where its keeper was killed.
    /// - Throws: where the keeper is stopped and the limit is reached.
    package func waitForEnd(
        limit: Int64? = nil,
        notice: (String) -> Void
    ) throws(ContainerError) -> ContainerEnd? {
        let start = Clock.now
        var isTold = false
        while true {
            let left = limit.map { $0 - Int64((Clock.now - start) / 1_000_000) } ?? .max
            if speaks(withinMilliseconds: left > 0 ? Int32(min(left, Int64(patience))) : patience) {
                guard let message = try hear() else { return nil }
                if let end = ContainerEnd(message.body) { return end }
                continue
            }
            let waited = Int64((Clock.now - start) / 1_000_000)
            let isLate = limit.map { waited >= $0 } ?? false
            let state = keeperState
            if isLate, state.isStopped { throw Self.silence(name, state, waited) }
            // One that runs may have much to copy and to remove.
            guard !isTold, isLate || state.isStopped else { continue }
            notice(Self.silence(name, state, waited).description)
            isTold = true
        }
    }

    /// How the keeper is by the kernel's word.
    package var keeperState: KeeperState { KeeperState(of: keeperPID) }

    /// What is to be said of a keeper that has not answered for so many milliseconds.
    package func problem(after milliseconds: Int64) -> ContainerError { Self.silence(name, keeperState, milliseconds) }

    private static func silence(_ name: String, _ state: KeeperState, _ milliseconds: Int64) -> ContainerError {
        ContainerError("container \(name): \(state.problem(of: name, after: Int(milliseconds / 1000)))")
    }

    /// Whether the keeper is gone: never waits.
    package var isOver: Bool {
        var request = pollfd(fd: socket.raw, events: 0, revents: 0)
        return unsafe poll(&request, 1, 0) > 0
    }

    /// Ends the keeper itself, and with it the container: for one that does not listen.
    package func killKeeper() {
        if let keeperPID { kill(keeperPID, SIGKILL) }
    }
}
