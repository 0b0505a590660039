internal import IsorunModel
internal import IsorunSystem

/// The services of one job: containers that share a network namespace with it, each run by a thread of its own.
///
/// The first one has the network that the job asked for, its ports and all; the others and the job enter it. It is held
/// here, so that who enters it does not need the first one to be there. Whatever happens to this process, their inits
/// hear it.
final class ServiceGroup {
    private let spec: JobSpec
    private var running: [RunningService] = []

    // Whoever cancels is heard within this time, and so is a service that ends.
    private static let pause: UInt64 = 100_000_000

    /// Hears a note of a service, by its name.
    typealias Teller = (_ service: String, _ note: String) -> Void

    /// - Parameter spec: the job.
    init(of spec: JobSpec) {
        self.spec = spec
    }

    /// Starts the services, one after the other, and waits until each can be used.
    ///
    /// - Parameters:
    ///   - cancellation: ends the waiting.
    ///   - tell: hears their notes.
    /// - Throws: ``SandboxError`` that names the service that did not get there, or has ended meanwhile.
    func start(_ cancellation: Cancellation?, _ tell: Teller) throws(SandboxError) {
        for service in spec.services {
            let one = try RunningService(service, as: job(of: service))
            running.append(one)
            try wait(for: one, cancellation, tell)
        }
        for one in running {
            while one.end == nil, one.hear(until: one.believed, { tell(one.name, $0) }) {}
        }
        try lookForEnds(tell)
    }

    /// The job in the services' network.
    func share(with job: inout JobSpec) {
        job.services = []
        guard let peer else { return }
        (job.network, job.networkPeer) = (.container, peer)
        (job.ports, job.hostLoopback) = ([], false)
    }

    /// Whose network is shared: nil before the first one runs, and where that is the host's own.
    private var peer: NetworkPeer? {
        guard let place = running.first?.place, let held = place.network?.descriptors else { return nil }
        return .namespaces(network: held.network, owner: held.owner, resolverFile: place.resolverFile)
    }

    private func job(of service: ServiceSpec) -> JobSpec {
        var job = service.job
        job.name = service.name
        job.allowUnenforced = spec.allowUnenforced
        job.streams.detached = true  // it has no end of its own
        if job.limits.gracePeriod == nil { job.limits.gracePeriod = .seconds(2) }
        (job.network, job.networkPeer) = (spec.network, spec.networkPeer)
        (job.ports, job.hostLoopback) = running.isEmpty ? (spec.ports, spec.hostLoopback) : ([], false)
        if let peer { (job.network, job.networkPeer) = (.container, peer) }
        return job
    }

    private func wait(
        for one: RunningService,
        _ cancellation: Cancellation?,
        _ tell: Teller
    ) throws(SandboxError) {
        while !one.isUsable {
            if let cancellation, cancellation.isAsked {
                throw SandboxError(step: "start the service \(one.name)", detail: "it was cancelled")
            }
            if Clock.now >= one.deadline { throw one.notReady { tell(one.name, $0) } }
            one.hear(until: min(one.deadline, Clock.now + Self.pause)) { tell(one.name, $0) }
            try lookForEnds(tell)
        }
    }

    /// - Throws: ``SandboxError`` of the first service that has ended by itself.
    private func lookForEnds(_ tell: Teller) throws(SandboxError) {
        for one in running {
            guard let end = one.lookForEnd({ tell(one.name, $0) }) else { continue }
            throw one.endedEarly(end)
        }
    }

    // MARK: Their end

    /// Ends them all and waits for that.
    ///
    /// - Returns: of each that had ended by itself its name and how, with its last words.
    @discardableResult
    func stop(_ tell: Teller = { _, _ in }) -> [(service: String, how: String)] {
        // What has ended by now did so by itself.
        let ended = running.compactMap { one in
            one.lookForEnd { tell(one.name, $0) }.map { (service: one.name, how: $0.why + one.quote($0)) }
        }
        for one in running.reversed() { one.ask() }
        for one in running.reversed() { one.join { tell(one.name, $0) } }
        return ended
    }

    /// The last words of those that were not told of, each under its name; after their end.
    var output: [UInt8] { Array(running.map(\.section).joined()) }

    deinit { stop() }
}
