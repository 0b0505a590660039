internal import Glibc
internal import IsorunModel
internal import IsorunSystem
internal import SystemPackage

/// A service that was started, as whoever waits for it knows it; a thread of its own runs it.
final class RunningService {
    let name: String
    private(set) var place: ServicePlace?
    private(set) var end: ServiceEnd?
    private let service: ServiceSpec
    private let cancellation = Cancellation()
    private let events = Mailbox<ServiceEvent>()
    private var isReady = false
    private var isQuoted = false
    private var thread: WorkerThread?

    // What ends at once has ended by then, and so it does the same to its job each time.
    private static let proof: UInt64 = 100_000_000
    // A container takes a moment to end after its first process.
    private static let ending: UInt64 = 10_000_000_000

    /// Starts it.
    ///
    /// - Parameters:
    ///   - service: what it is.
    ///   - job: what it runs, in the network that it shall have.
    /// - Throws: where there is no thread to be had.
    init(_ service: ServiceSpec, as job: JobSpec) throws(SandboxError) {
        name = service.name
        self.service = service
        let (events, cancellation) = (events, cancellation)
        do throws(SystemError) {
            thread = try WorkerThread {
                Self.run(service, job, cancellation, events)
                events.close()
            }
        } catch {
            throw SandboxError(error)
        }
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
            return events.put(.ended(ServiceEnd(why: "\(error)", hasRun: false)))
        }
        var sandbox = Sandbox()
        sandbox.onlookers = Onlookers(standardOutput: nil, standardError: nil)
        sandbox.onlookers.cancellation = cancellation
        sandbox.capturedBytes = 0
        sandbox.attendant = watch
        let run = sandbox.run(job) { event in
            // What else is noted is the same for each attempt of each job.
            guard case .note(let text) = event, text.hasPrefix("warning: ") || text.hasPrefix("published ") else {
                return
            }
            events.put(.note(text))
        }
        let answer = watch.end()
        let why = run.error?.description ?? run.result.reason
        events.put(.ended(ServiceEnd(why: why, hasRun: run.error == nil, words: watch.words, answer: answer)))
    }

    // MARK: Hearing

    /// Whether it runs and is ready.
    var isUsable: Bool { isReady && place != nil }

    /// When it has to be usable; before its process runs nobody knows.
    var deadline: UInt64 { place?.deadline ?? .max }

    /// When it has run for long enough to be believed; one that has answered is, and need not be waited for.
    var believed: UInt64 {
        guard let place else { return 0 }
        return switch service.ready {
        case .tcp, .http, .command: 0
        case .log, nil: place.since + Self.proof
        }
    }

    /// Takes in the next thing that it says; false where that did not come by a time, or nothing more comes.
    @discardableResult
    func hear(until time: UInt64?, _ tell: (String) -> Void) -> Bool {
        guard let event = events.take(until: time) else { return false }
        switch event {
        case .note(let text): tell(text)
        case .started(let place): self.place = place
        case .ready: isReady = true
        case .ended(let end): self.end = end
        }
        return true
    }

    /// How it has ended, if it has.
    func lookForEnd(_ tell: (String) -> Void) -> ServiceEnd? {
        while hear(until: Clock.now, tell) {}
        guard end == nil, let place, Pidfd.hasEnded(place.process.raw) else { return end }
        let deadline = Clock.now + Self.ending
        while end == nil, hear(until: deadline, tell) {}
        return end
    }

    // MARK: Ending

    /// Asks it to end.
    func ask() { cancellation.ask() }

    /// Waits until nothing of it is left.
    func join(_ tell: (String) -> Void) {
        while hear(until: nil, tell) {}
        thread?.join()
        thread = nil
    }

    // MARK: What is told

    /// The last words of one that has ended, to stand after the cause.
    func quote(_ end: ServiceEnd) -> String {
        isQuoted = true
        return end.words.quote
    }

    /// Its last words under its name, where they are not quoted; after its end.
    var section: [UInt8] {
        guard let words = end?.words, !(isQuoted && words.isShort) else { return [] }
        return words.section(name)
    }

    /// Why a job cannot run beside it, as it has ended before.
    func endedEarly(_ end: ServiceEnd) -> SandboxError {
        let step = "start the service \(name)"
        guard end.hasRun else { return SandboxError(step: step, detail: end.why) }
        if service.ready != nil, !isReady {
            return SandboxError(step: step, detail: "it ended before it was ready: \(end.why)\(quote(end))")
        }
        let advice = end.why == "exit 0" ? ", and a service runs until its job has ended" : ""
        let detail = "the service \(name) ended before it: \(end.why)\(advice)\(quote(end))"
        return SandboxError(step: "start the job", detail: detail)
    }

    /// Why a job cannot run beside it, as it has not become ready; kills it.
    func notReady(_ tell: (String) -> Void) -> SandboxError {
        cancellation.ask()
        cancellation.force()
        while end == nil, hear(until: nil, tell) {}
        var text = "it was not ready within \(service.patience.text)"
        if let ready = service.ready { text += ": \(ready)" }
        if let answer = end?.answer { text += "; \(answer)" }
        if let end { text += quote(end) }
        return SandboxError(step: "start the service \(name)", detail: text)
    }
}
