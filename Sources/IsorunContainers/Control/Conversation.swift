internal import CIsorunSystem
internal import Glibc
package import IsorunReporting
package import IsorunSystem
internal import SystemPackage

/// A client's side of a talk with a container's keeper.
package struct Conversation: ~Copyable {
    package let socket: OwnedDescriptor

    /// Calls the keeper; nil where there is none any more.
    package init?(with container: borrowing Container) {
        let raw = unsafe isorun_connect(container.directory.descriptor.raw, Container.socketName)
        guard raw >= 0 else { return nil }
        socket = OwnedDescriptor(raw)
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

    /// Whether the keeper says anything within this time; its end counts.
    package func speaks(withinMilliseconds limit: Int32) -> Bool {
        var request = pollfd(fd: socket.raw, events: Int16(POLLIN), revents: 0)
        return unsafe poll(&request, 1, limit) > 0
    }

    /// Waits for the container's end: its exit code; nil where its keeper was killed.
    package func waitForEnd() throws(ContainerError) -> Int32? {
        while let message = try hear() {
            if message.body["ended"]?.bool == true { return message.body["exitCode"]?.integer() }
        }
        return nil
    }

    /// Whether the keeper is gone: never waits.
    package var isOver: Bool {
        var request = pollfd(fd: socket.raw, events: 0, revents: 0)
        return unsafe poll(&request, 1, 0) > 0
    }

    /// Ends the keeper itself, and with it the container: for one that does not listen.
    package func killKeeper() {
        var peer = isorun_peer()
        guard unsafe isorun_peer(socket.raw, &peer) == 0, peer.pid > 0 else { return }
        kill(peer.pid, SIGKILL)
    }
}
