internal import CIsorunChild
internal import CIsorunSystem
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
    private var isReady = false
    private var line: [JobStream: [UInt8]] = [:]
    private var visit: Visit?
    private var probe: Probe?
    private var tail: [UInt8] = []

    // Enough to see why; what a service wrote before is of no use here.
    private static let kept = 8192
    private static let pause: UInt64 = 50_000_000

    private enum Token: UInt64 { case timer, visit, probe }

    /// A process that asks the service, and the end of it.
    private final class Probe {
        let process: OwnedDescriptor
        private let lifeline: OwnedDescriptor
        init(_ process: consuming OwnedDescriptor, _ lifeline: consuming OwnedDescriptor) {
            self.process = process
            self.lifeline = lifeline
        }
        deinit {
            process.killChild()
        }
    }

    init(_ service: ServiceSpec, privileged: Bool, tell: @escaping (ServiceEvent) -> Void) throws(SystemError) {
        self.service = service
        self.privileged = privileged
        self.tell = tell
        poller = try Poller()
        timer = try Timer()
        _ = try poller.add(timer.descriptor.raw, .readable, token: Token.timer.rawValue)
    }

    /// The last lines that it wrote.
    var lastWords: String {
        String(decoding: tail.suffix(Self.kept), as: UTF8.self).split(separator: "\n").suffix(12)
            .joined(separator: "\n")
    }

    // MARK: The job's events

    var readiness: Int32 { poller.raw }

    func begin(with job: any RunningJob) {
        // Nothing can be asked of it before it runs: the first look comes right after.
        timer.set(Clock.now + 1)
    }

    func take(input: consuming OwnedDescriptor) {}

    func hear(_ bytes: UnsafeRawBufferPointer, from stream: JobStream) {
        unsafe tail.append(contentsOf: bytes)
        if tail.count > 4 * Self.kept { tail.removeFirst(tail.count - Self.kept) }
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
            case .visit: hearVisit()
            case .probe: hearProbe()
            case nil: break
            }
        }
    }

    // MARK: Looking

    private var isAnnounced = false

    private func look(_ job: any RunningJob) {
        if !isAnnounced {
            // Before its job runs there is nothing to enter.
            guard let entrance = try? job.entrance() else { return timer.set(Clock.now + 1_000_000) }
            let copy = fcntl(entrance.process, F_DUPFD_CLOEXEC, 3)
            guard copy >= 0 else { return timer.set(Clock.now + Self.pause) }
            isAnnounced = true
            tell(.started(process: copy, resolverFile: job.plan.network.resolverFile))
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

    private func becomeReady() {
        guard !isReady else { return }
        isReady = true
        tell(.ready)
    }

    // MARK: A command

    private func run(_ words: [ByteString], _ job: any RunningJob) {
        guard visit == nil else { return }
        let raw = unsafe open("/dev/null", O_RDWR | O_CLOEXEC)
        guard raw >= 0 else { return timer.set(Clock.now + Self.pause) }
        let null = OwnedDescriptor(raw)
        var request = VisitRequest(words)
        request.streams = [null.raw, null.raw, null.raw]
        guard let started = try? job.visit(request) else { return timer.set(Clock.now + Self.pause) }
        visit = started
        _ = try? poller.add(started.readiness, .readable, token: Token.visit.rawValue)
    }

    private func hearVisit() {
        guard let visit else { return }
        visit.hear { event in
            if case .ended(0) = event { becomeReady() }
        }
        guard visit.isOver else { return }
        poller.remove(visit.readiness)
        self.visit = nil
        if !isReady { timer.set(Clock.now + Self.pause) }
    }

    // MARK: A connection

    private func ask(_ port: UInt16, _ path: String?, _ job: any RunningJob) {
        guard probe == nil, let entrance = try? job.entrance() else { return }
        guard var pipe = try? Pipe(), let near = pipe.writer.take(), let far = pipe.reader.take() else {
            return timer.set(Clock.now + Self.pause)
        }
        let request = path.map {
            Array("GET \($0) HTTP/1.0\r\nHost: 127.0.0.1:\(port)\r\nConnection: close\r\n\r\n".utf8)
        }
        var pidfd: Int32 = -1
        let isHost = job.plan.network.mode == .host
        let namespaces = isHost ? 0 : Namespace.network.cloneFlag | (privileged ? 0 : Namespace.user.cloneFlag)
        let pid = unsafe (request ?? []).withUnsafeBytes { bytes in
            var probe = unsafe isorun_probe()
            unsafe probe.process = entrance.process
            unsafe probe.namespaces = namespaces
            unsafe probe.lifeline = far.raw
            unsafe probe.port = port
            if request != nil {
                unsafe probe.request = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
                unsafe probe.request_length = bytes.count
            }
            return unsafe isorun_probe_start(&probe, &pidfd)
        }
        guard pid >= 0 else { return timer.set(Clock.now + Self.pause) }
        let process = OwnedDescriptor(pidfd)
        _ = try? poller.add(process.raw, .readable, token: Token.probe.rawValue)
        probe = Probe(process, near)
    }

    private func hearProbe() {
        guard let raw = probe?.process.raw else { return }
        var end = isorun_end()
        guard unsafe isorun_pidfd_wait(raw, 0, &end) == 1 else { return }
        poller.remove(raw)
        probe = nil
        if end.code == 1, end.status == 0 { becomeReady() } else { timer.set(Clock.now + Self.pause) }
    }

    /// Ends what it has started, before its container's end.
    func end() { probe = nil }
}

/// What a service's thread tells whoever waits for the service.
enum ServiceEvent: Sendable {
    /// Its job runs: a pidfd of it, which is the hearer's, and what stands in its `/etc/resolv.conf`.
    case started(process: Int32, resolverFile: String?)
    case ready
    /// Its container is gone: why, in words, and the last of what it wrote.
    case ended(String, lastWords: String)
}
