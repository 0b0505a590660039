internal import IsorunReporting
internal import IsorunSandbox
internal import IsorunSystem

/// A command that a client has had started in the container, and the client who waits for it, if that one still lives.
final class Visiting {
    let visit: Visit
    private let client: Keeper.Client

    init(_ visit: Visit, for client: Keeper.Client) {
        self.visit = visit
        self.client = client
    }

    /// Tells the client what happened; whether nothing more will.
    func hear(_ job: any RunningJob) -> Bool {
        visit.hear { event in
            switch consume event {
            case .terminal(let master): tell([.init("terminal", .bool(true))], [master.raw])
            case .started: tell([.init("started", .bool(true))])
            case .failed(let error):
                let code: Int32 =
                    switch error.kind {
                    case .setup: 125
                    case .notExecutable: 126
                    case .notFound: 127
                    }
                tell([.init("problem", .string("\(error)")), .init("exited", .whole(code))])
            case .violation(let syscall): job.end(forCalling: syscall)
            case .ended(let code): tell([.init("exited", .whole(code))])
            }
        }
        return visit.isOver
    }

    // A client that is gone hears nothing, and its command goes on, as with docker.
    private func tell(_ members: [JSON.Member], _ descriptors: [Int32] = []) {
        Message.send(.object(members), descriptors, to: client.socket.raw)
    }
}
