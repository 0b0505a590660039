internal import CIsorunSystem
internal import Glibc
internal import IsorunModel
internal import IsorunPlanning
internal import IsorunReporting
package import IsorunSandbox
package import IsorunSystem
internal import SystemPackage

/// The process that a container lives and dies with: it keeps the log and the record, and does what clients ask for.
///
/// Its clients may be killed at any moment; it never waits for one. It is killed at any moment itself: then the kernel
/// lets go of its lock, init hears its lifeline close, and the record is left as it was.
@safe package final class Keeper: JobAttendant {
    var record: ContainerRecord
    let directory: HeldDirectory
    let poller: Poller
    private let listener: OwnedDescriptor
    private var log: LogWriter
    private(set) var visits: [Int32: Visiting] = [:]
    private var clients: [Int32: Client] = [:]
    var input: OwnedDescriptor?
    /// What the job's run notes before it starts, for whoever started it.
    package private(set) var notes: [String] = []

    /// One who is talking to this keeper.
    final class Client {
        let socket: OwnedDescriptor
        init(_ socket: consuming OwnedDescriptor) { self.socket = socket }
    }

    /// Begins to listen, and writes the first record.
    package init(
        _ record: ContainerRecord,
        in directory: consuming HeldDirectory,
        bounds: LogBounds
    ) throws(SystemError) {
        self.record = record
        let result = unsafe isorun_listen(directory.descriptor.raw, Container.socketName)
        listener = try OwnedDescriptor(result, "listen to clients")
        poller = try Poller()
        log = try LogWriter(in: directory, bounds: bounds)
        self.directory = directory
        _ = try poller.add(listener.raw, .readable, token: UInt64(listener.raw))
        try record.write(to: self.directory)
    }

    // MARK: The job

    package var readiness: Int32 { poller.raw }

    package func begin(with job: any RunningJob) {
        record.pid = job.initPID
        record.setup.take(job.plan)
        record.ports = job.ports
        if let raw = job.networkProcess { _ = try? poller.add(raw, .readable, token: UInt64(raw)) }
    }

    package func take(input: consuming OwnedDescriptor) {
        self.input = consume input
    }

    package func hear(_ bytes: UnsafeRawBufferPointer, from stream: JobStream) {
        let lost = log.lost
        unsafe log.append(bytes, from: stream, timeUs: Clock.wallMicroseconds)
        if lost == 0, log.lost > 0 { note("warning: the log cannot be written any more: \(log.problem)") }
    }

    /// Takes what isorun says of a run: for who started it, and later for whoever asks.
    package func note(_ text: String) {
        let isEarly = record.phase == .created
        if isEarly { notes.append(text) }
        // What is no warning explains the start, and belongs to that.
        guard !isEarly || text.hasPrefix("warning: ") else { return }
        if record.note(text, atUs: Clock.wallMicroseconds), !isEarly { save() }
    }

    /// The job runs: says so in the record.
    package func started() {
        record.phase = .running
        record.startedAtUs = Clock.wallMicroseconds
        save()
    }

    @discardableResult
    func save() -> Bool {
        // A record that cannot be replaced leaves the former one; the lock still says who lives.
        (try? record.write(to: directory)) != nil
    }

    /// Nothing of the container is left: writes the last record.
    package func finish(_ run: SandboxRun) {
        record.phase = .exited
        record.isPaused = false
        record.pid = nil
        record.finishedAtUs = Clock.wallMicroseconds
        record.exitCode = Self.exitCode(of: run)
        record.logBytesLost = log.lost
        record.result = ResultDocument.json(run.result)
        input = nil
        guard !save() else { return }
        // How it ended is worth more than what it said: without this record it would be taken for one that was killed.
        log.giveUp()
        record.logBytesLost = log.lost
        save()
    }

    /// Tells everybody who waits.
    package func tellEnd() {
        let message = ContainerEnd(exitCode: record.exitCode, notes: record.laterNotes).json
        for client in clients.values { Message.send(message, to: client.socket.raw) }
        // Who connects from now on, or waits to be accepted, hears that the socket is closed.
    }

    /// As docker tells it: of a container that somebody stopped, what its process said itself.
    static func exitCode(of run: SandboxRun) -> Int32 {
        guard run.result.outcome == .cancelled else { return run.exitCode }
        if let code = run.result.exitCode { return code }
        return 128 + (run.result.signal.flatMap { SignalNumber.named($0) } ?? 9)
    }

    // MARK: Clients

    package func attend(to job: any RunningJob) {
        for (token, _) in (try? poller.wait(milliseconds: 0)) ?? [] {
            let descriptor = Int32(truncatingIfNeeded: token)
            if descriptor == listener.raw {
                accept()
            } else if let visiting = visits[descriptor] {
                if visiting.hear(job) { end(visiting) }
            } else if let client = clients[descriptor] {
                listen(to: client, about: job)
            } else if descriptor == job.networkProcess {
                poller.remove(descriptor)
                if let end = job.networkEnd { note("warning: \(end)") }
            }
        }
    }

    private func accept() {
        while true {
            let raw = isorun_accept(listener.raw)
            guard raw >= 0 else { return }
            let socket = OwnedDescriptor(raw)
            var peer = isorun_peer()
            // The directory keeps others out already; this is the second lock on the same door.
            guard unsafe isorun_peer(raw, &peer) == 0, peer.uid == 0 || peer.uid == geteuid() else { continue }
            guard (try? poller.add(raw, .readable, token: UInt64(raw))) == true else { continue }
            clients[raw] = Client(socket)
        }
    }

    private func listen(to client: Client, about job: any RunningJob) {
        switch Message.receive(from: client.socket.raw) {
        case .message(var message):
            let reply = answer(&message, from: client, job)
            if let reply, !Message.send(reply, to: client.socket.raw) { drop(client) }
        case .nothing: break
        case .ended: drop(client)
        }
    }

    /// Listens to a command that a client had started.
    func follow(_ visiting: Visiting) {
        visits[visiting.visit.readiness] = visiting
        _ = try? poller.add(visiting.visit.readiness, .readable, token: UInt64(visiting.visit.readiness))
    }

    private func end(_ visiting: Visiting) {
        poller.remove(visiting.visit.readiness)
        visits[visiting.visit.readiness] = nil
    }

    func drop(_ client: Client) {
        poller.remove(client.socket.raw)
        clients[client.socket.raw] = nil
    }
}
