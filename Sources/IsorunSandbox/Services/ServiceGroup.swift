internal import CIsorunSystem
internal import Glibc
internal import IsorunModel
internal import IsorunSystem
internal import Synchronization
internal import SystemPackage

/// The services of one job: containers that share a network namespace with it, each run by a thread of its own.
///
/// The first one has the network that the job asked for, its ports and all; the others and the job enter it. Whatever
/// happens to this process, their inits hear it.
final class ServiceGroup {
    /// Whose network the job shares.
    private(set) var peer: NetworkPeer?
    private var running: [Running] = []
    private var process: OwnedDescriptor?

    private final class Running {
        let service: ServiceSpec
        let cancellation = Cancellation()
        let events = Mailbox<ServiceEvent>()
        var thread: WorkerThread?
        init(_ service: ServiceSpec) { self.service = service }
    }

    /// Starts the services of a job, one after the other, and waits until each can be used.
    ///
    /// - Parameters:
    ///   - spec: the job.
    ///   - cancellation: ends the waiting.
    /// - Throws: ``SandboxError`` that names the service that did not get there; none of them runs then.
    init(of spec: JobSpec, cancellation: Cancellation?) throws(SandboxError) {
        for service in spec.services {
            do throws(SandboxError) {
                try start(service, of: spec, cancellation)
            } catch {
                stop()
                throw error
            }
        }
    }

    /// The job in the services' network.
    func share(with spec: inout JobSpec) {
        spec.services = []
        if spec.network == .host { return }
        spec.network = .container
        spec.networkPeer = peer
        (spec.ports, spec.hostLoopback) = ([], false)
    }

    private func start(
        _ service: ServiceSpec,
        of spec: JobSpec,
        _ cancellation: Cancellation?
    ) throws(SandboxError) {
        var job = service.job
        job.name = service.name
        job.allowUnenforced = spec.allowUnenforced
        job.streams.detached = true  // it has no end of its own
        if let peer, spec.network != .host {
            job.network = .container
            job.networkPeer = peer
        } else {
            (job.network, job.networkPeer) = (spec.network, spec.networkPeer)
            (job.ports, job.hostLoopback) = (spec.ports, spec.hostLoopback)
        }
        if job.limits.gracePeriod == nil { job.limits.gracePeriod = .seconds(2) }
        let one = Running(service)
        let asked = job
        let (events, own) = (one.events, one.cancellation)
        do throws(SystemError) {
            one.thread = try WorkerThread {
                Self.run(service, asked, own, events)
                events.close()
            }
        } catch {
            throw SandboxError(error)
        }
        running.append(one)
        try wait(for: one, cancellation)
    }

    private static func run(
        _ service: ServiceSpec,
        _ job: JobSpec,
        _ cancellation: Cancellation,
        _ events: Mailbox<ServiceEvent>
    ) {
        let watch: ServiceWatch
        do throws(SystemError) {
            watch = try ServiceWatch(service, privileged: geteuid() == 0) { events.put($0) }
        } catch {
            return events.put(.ended("\(error)", lastWords: ""))
        }
        var sandbox = Sandbox()
        sandbox.onlookers = Onlookers(standardOutput: nil, standardError: nil)
        sandbox.onlookers.cancellation = cancellation
        sandbox.capturedBytes = 0
        sandbox.attendant = watch
        let run = sandbox.run(job)
        watch.end()
        events.put(.ended(run.error?.description ?? run.result.reason, lastWords: watch.lastWords))
    }

    /// Waits until it can be used.
    private func wait(for one: Running, _ cancellation: Cancellation?) throws(SandboxError) {
        let name = one.service.name
        let step = "start the service \(name)"
        // Its time begins when its job does: how long a container takes is the host's matter, and has errors of its own.
        var deadline: UInt64?
        while Clock.now < deadline ?? .max {
            if let cancellation, Self.isAsked(cancellation) {
                throw SandboxError(step: step, detail: "it was cancelled")
            }
            // Whoever cancels is heard within this time.
            switch one.events.take(until: min(deadline ?? .max, Clock.now + 100_000_000)) {
            case .started(let raw, let resolverFile):
                deadline = Clock.now + one.service.patience.nanoseconds
                let held = OwnedDescriptor(raw)
                guard peer == nil else { continue }
                peer = .process(held.raw, resolverFile: resolverFile)
                process = consume held
            case .ready: return
            case .ended(let why, let words):
                throw SandboxError(step: step, detail: "it ended before it was ready: \(why)\(Self.quote(words))")
            case nil: break
            }
        }
        one.cancellation.ask()
        one.cancellation.force()
        var words = ""
        while let event = one.events.take() { if case .ended(_, let last) = event { words = last } }
        let what = one.service.ready.map { ": \($0)" } ?? ""
        let time = one.service.patience.text
        throw SandboxError(step: step, detail: "it was not ready within \(time)\(what)\(Self.quote(words))")
    }

    static func isAsked(_ cancellation: Cancellation) -> Bool {
        var request = pollfd(fd: cancellation.asked.raw, events: Int16(POLLIN), revents: 0)
        return unsafe poll(&request, 1, 0) > 0
    }

    private static func quote(_ words: String) -> String {
        words.isEmpty ? "; it wrote nothing" : "; its last lines:\n" + words
    }

    /// Ends them all, the last one first, and waits for that.
    ///
    /// - Returns: what is to be said of those that had ended by themselves.
    @discardableResult
    func stop() -> [String] {
        var notes: [String] = []
        for one in running.reversed() {
            // What it has said by now it said by itself.
            while let event = one.events.take(until: Clock.now) {
                guard case .ended(let why, let words) = event else { continue }
                notes.append(
                    "warning: the service \(one.service.name) ended before the job: \(why)\(Self.quote(words))"
                )
            }
            one.cancellation.ask()
        }
        for one in running.reversed() {
            one.thread?.join()
            // Descriptors that nobody took are closed.
            while let event = one.events.take() { if case .started(let raw, _) = event { close(raw) } }
        }
        running = []
        process = nil
        return notes
    }

    deinit { stop() }
}
