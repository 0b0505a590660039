internal import Glibc
internal import IsorunModel
internal import IsorunPlanning
internal import IsorunSystem
internal import SystemPackage

/// Looks after a service's container on the thread that runs it: keeps the end of what it writes, and finds out when it
/// can be used.
final class ServiceWatch: JobAttendant {
    private let service: ServiceSpec
    private let privileged: Bool
    private let tell: (ServiceEvent) -> Void
    private let poller: Poller
    private var timer: Timer
    private var place: ServicePlace?
    private var isReady = false
    private var line: [JobStream: [UInt8]] = [:]
    private var visit: Visit?
    private var visitBegan: UInt64?
    private var tries: ReadinessTries
    private var probe: ServiceProbe?
    private var answer: String?
    /// The end of what it wrote.
    private(set) var words = LastWords()

    private static let pause: UInt64 = 50_000_000
    // A try that took less was about to end.
    private static let hanging: UInt64 = 1_000_000_000

    private enum Token: UInt64 { case timer, visit, probe, answers }

    init(_ service: ServiceSpec, privileged: Bool, tell: @escaping (ServiceEvent) -> Void) throws(SystemError) {
        self.service = service
        self.privileged = privileged
        self.tell = tell
        tries = ReadinessTries(within: service.patience)
        poller = try Poller()
        timer = try Timer()
        _ = try poller.add(timer.descriptor.raw, .readable, token: Token.timer.rawValue)
    }

    // MARK: The job's events

    var readiness: Int32 { poller.raw }

    func begin(with job: any RunningJob) {
        // Nothing can be asked of it before it runs: the first look comes right after.
        timer.set(Clock.now + 1)
    }

    func take(input: consuming OwnedDescriptor) {}

    func hear(_ bytes: UnsafeRawBufferPointer, from stream: JobStream) {
        unsafe words.append(bytes)
        guard case .log(let text) = service.ready, !isReady else { return }
        var partial = line[stream] ?? []
        unsafe partial.append(contentsOf: bytes)
        let wanted = Array(text.utf8)
        var lines = partial.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        if lines.contains(where: { $0.contains(wanted) }) { return becomeReady() }
        // The last one may go on.
        line[stream] = lines.popLast().map { Array($0.suffix(1 << 16)) }
    }

    func attend(to job: any RunningJob) {
        for (token, _) in (try? poller.wait(milliseconds: 0)) ?? [] {
            switch Token(rawValue: token) {
            case .timer:
                timer.acknowledge()
                look(job)
            case .visit: hearVisit(job)
            case .probe: hearProbe()
            case .answers: hearAnswer(job)
            case nil: break
            }
        }
    }

    // MARK: Looking

    private func look(_ job: any RunningJob) {
        // Before its job runs there is nothing to enter.
        do throws(SystemError) {
            if place == nil, try !announce(job) { return timer.set(Clock.now + 1_000_000) }
        } catch {
            // Nobody could enter its network.
            return tell(.ended(ServiceEnd(why: "\(error)", hasRun: false)))
        }
        guard !isReady else { return }
        switch service.ready {
        case nil: becomeReady()
        case .log: break
        case .command(let words): run(words, job)
        case .tcp(let port): ask(port, nil, job)
        case .http(let port, let path): ask(port, path, job)
        }
    }

    private func announce(_ job: any RunningJob) throws(SystemError) -> Bool {
        guard let entrance = try? job.entrance() else { return false }
        let copy = fcntl(entrance.process, F_DUPFD_CLOEXEC, 3)
        let process = try OwnedDescriptor(copy < 0 ? -errno : copy, "hold the service's process")
        var network: HeldNetwork?
        if job.plan.network.mode != .host {
            network = try HeldNetwork(of: process.raw, privileged: privileged)
            // What has ended by now has nothing to share, and is told of as that.
            if network == nil { return false }
        }
        let resolverFile = job.plan.network.resolverFile
        let place = ServicePlace(process, network, resolverFile: resolverFile, patience: service.patience)
        self.place = place
        tell(.started(place))
        return true
    }

    private func becomeReady() {
        guard !isReady else { return }
        isReady = true
        tell(.ready)
    }

    // MARK: A command

    private func run(_ words: [ByteString], _ job: any RunningJob) {
        if visit != nil { return endTry() }
        guard let null = try? OwnedDescriptor.null() else { return timer.set(Clock.now + Self.pause) }
        var request = VisitRequest(words)
        request.streams = [null.raw, null.raw, null.raw]
        guard let started = try? job.visit(request) else { return timer.set(Clock.now + Self.pause) }
        visit = started
        visitBegan = Clock.now
        _ = try? poller.add(started.readiness, .readable, token: Token.visit.rawValue)
        if let place, let end = tries.end(of: Clock.now, before: place.deadline) { timer.set(end) }
    }

    private func endTry() {
        guard visit?.kill() == true else { return timer.set(Clock.now + Self.pause) }
        visitBegan = nil
        answer = "its last try had not ended"
        tries.lengthen()
    }

    private func hearVisit(_ job: any RunningJob) {
        guard let visit else { return }
        // Of one that was ended, alone or with its container, it is no answer.
        let counts = visitBegan != nil && !job.isEnding
        visit.hear { event in
            switch event {
            case .ended(0): becomeReady()
            case .ended(let code) where counts: answer = "its last try ended with exit \(code)"
            case .failed(var error) where counts:
                error.hint = nil
                answer = "its last try: \(error)"
            default: break
            }
        }
        guard visit.isOver else { return }
        poller.remove(visit.readiness)
        self.visit = nil
        if counts { visitBegan = nil }
        if !isReady { timer.set(Clock.now + Self.pause) }
    }

    // MARK: A connection

    private func ask(_ port: UInt16, _ path: String?, _ job: any RunningJob) {
        guard probe == nil else { return }
        guard let started = ServiceProbe(port, path, job, privileged: privileged) else {
            return timer.set(Clock.now + Self.pause)
        }
        _ = try? poller.add(started.process.raw, .readable, token: Token.probe.rawValue)
        if path != nil { _ = try? poller.add(started.answers.raw, .readable, token: Token.answers.rawValue) }
        probe = started
    }

    private func hearAnswer(_ job: any RunningJob) {
        guard let probe else { return }
        guard let heard = probe.hearAnswer() else { return poller.remove(probe.answers.raw) }
        // What is killed refuses connections.
        if !job.isEnding { answer = heard }
    }

    private func hearProbe() {
        guard let probe, let isAnswered = probe.isReady else { return }
        poller.remove(probe.process.raw)
        poller.remove(probe.answers.raw)
        self.probe = nil
        if isAnswered { becomeReady() } else { timer.set(Clock.now + Self.pause) }
    }

    // MARK: Its end

    /// Ends what it has started, before its container's end.
    ///
    /// - Returns: what was last heard of the service, where that tells something.
    func end() -> String? {
        probe = nil
        if let visitBegan, Clock.now - visitBegan > Self.hanging { answer = "its last try had not ended" }
        return answer
    }
}
