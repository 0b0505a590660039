internal import CIsorunChild
internal import CIsorunSystem
internal import Glibc
internal import IsorunCgroups
internal import IsorunModel
internal import IsorunPlanning
internal import IsorunSecurity
internal import IsorunSystem
internal import SystemPackage

/// Watches one container from its launch until nothing of it is left, on the calling thread.
///
/// Everything it waits for is a descriptor under one epoll; everything it decides is `JobMonitor`'s.
@safe final class JobRun {
    var container: Container
    let plan: SandboxPlan
    let poller: Poller
    private var timer: Timer
    var signals: SignalSource?
    let cancellation: Cancellation?
    /// A process of the container that can be entered by: the job's, or nobody's before it runs.
    var job: OwnedDescriptor?
    let launcher: Launcher?
    private let attendant: (any JobAttendant)?
    private let standardOutput: Int32?
    private let captureLimit: Int
    var isFrozen = false
    var oomEvents: OwnedDescriptor?
    private var listener: OwnedDescriptor?
    private var terminal: OwnedDescriptor?
    var terminalMode: TerminalMode?
    var output: StreamRelay?
    var errors: StreamRelay?
    var input: InputRelay?
    var buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 65536, alignment: 16)

    private(set) var monitor: JobMonitor
    var sampler: Sampler
    var evidence = Evidence()
    var leftovers = Leftovers([], initPID: 0)
    var startedAt: UInt64?
    var endedAt: UInt64?
    var blocks: (read: UInt64, written: UInt64) = (0, 0)
    var failure: SandboxError?
    private var oomRechecks = 0
    private var jobIsGone: (() -> Void)?
    var readersAreGivenUp = false

    enum Token: UInt64 {
        case process, control, timer, signals, output, errors, input, inputTarget, outputSink, errorsSink, oom, listener
        case cancelled, forced, attendant
    }

    init(
        _ container: consuming Container,
        plan: SandboxPlan,
        capture: Int,
        onlookers: Onlookers,
        attendant: (any JobAttendant)? = nil,
        launcher: Launcher? = nil
    ) throws(SystemError) {
        self.launcher = launcher
        self.plan = plan
        let now = Clock.now
        let cpuLimit = plan.watch.cpuTime.map { UInt64($0.milliseconds * 1000) }
        monitor = JobMonitor(
            startedAt: now,
            timeout: plan.watch.timeout?.nanoseconds,
            gracePeriod: plan.watch.gracePeriod.nanoseconds
        )
        sampler = Sampler(startedAt: now, cpuLimit: cpuLimit, cpus: onlookers.cpus)
        poller = try Poller()
        timer = try Timer()
        cancellation = onlookers.cancellation
        jobIsGone = onlookers.jobIsGone
        self.attendant = attendant
        standardOutput = onlookers.standardOutput
        captureLimit = capture
        signals = cancellation == nil ? try SignalSource(EndingSignals.all + [SIGWINCH, SIGTSTP, SIGCONT]) : nil
        if let source = container.standardOutput.take() {
            let sink = onlookers.standardOutput.map(OutputSink.init)
            output = StreamRelay(source, to: sink, keeping: capture, heardBy: attendant)
        }
        if let source = container.standardError.take() {
            let sink = onlookers.standardError.map(OutputSink.init)
            errors = StreamRelay(source, to: sink, keeping: capture, heardBy: attendant, as: .error)
        }
        if let target = container.standardInput.take() {
            if let attendant {
                attendant.take(input: target)
            } else {
                input = InputRelay(from: STDIN_FILENO, to: target)
            }
        }
        self.container = container
        try watch()
    }

    deinit {
        unsafe buffer.deallocate()
    }

    private func watch() throws(SystemError) {
        _ = try poller.add(container.process.raw, .readable, token: Token.process.rawValue)
        _ = try poller.add(container.control.raw, .readable, token: Token.control.rawValue)
        _ = try poller.add(timer.descriptor.raw, .readable, token: Token.timer.rawValue)
        if let raw = signals?.descriptor.raw { _ = try poller.add(raw, .readable, token: Token.signals.rawValue) }
        if let cancellation {
            _ = try poller.add(cancellation.asked.raw, .readable, token: Token.cancelled.rawValue)
            _ = try poller.add(cancellation.forced.raw, .readable, token: Token.forced.rawValue)
        }
        if let raw = output?.source.raw { _ = try poller.add(raw, .readable, token: Token.output.rawValue) }
        if let raw = errors?.source.raw { _ = try poller.add(raw, .readable, token: Token.errors.rawValue) }
        if input != nil { try watchInput() }
        if let attendant { _ = try poller.add(attendant.readiness, .readable, token: Token.attendant.rawValue) }
    }

    private func watchInput() throws(SystemError) {
        if try !poller.add(STDIN_FILENO, .readable, token: Token.input.rawValue) {
            // A regular file is always ready; then the job's end of the pipe sets the pace.
            guard let raw = input?.targetDescriptor else { return }
            _ = try poller.add(raw, .writable, token: Token.inputTarget.rawValue)
        }
    }

    /// Hears of each OOM from the first look on.
    ///
    /// What happens until then is counted at the end, which most tests have come to by then. With memory.oom.group of
    /// cgroup v2 the kernel does all of it.
    private func watchOOM() {
        let raw = isorun_event_create()
        guard raw >= 0 else { return }
        let event = OwnedDescriptor(raw)
        guard (try? container.cgroup.registerOOM(event: event)) != nil else { return }
        _ = try? poller.add(raw, .readable, token: Token.oom.rawValue)
        oomEvents = consume event
    }

    // MARK: The loop

    /// Waits until the container has ended: the record of all that happened.
    func waitUntilEnd(started: (Startup) -> Void) throws(SystemError) -> RunRecord {
        attendant?.begin(with: self)
        var announced = false
        while monitor.phase != .ended {
            timer.set([monitor.nextDeadline, sampler.nextDeadline].compactMap { $0 }.min())
            // What the container says comes before what the clock says: a job that ends on the last moment has ended.
            let ready = try poller.wait().sorted { $0.token < $1.token }
            for (token, _) in ready { try handle(Token(rawValue: token)) }
            if !announced, startedAt != nil {
                announced = true
                started(container.clock.startup)
                container.root.settle()
            }
        }
        return finish()
    }

    private func handle(_ token: Token?) throws(SystemError) {
        switch token {
        case .process: try processEnded()
        case .control: _ = try hearFromInit()
        case .timer: tick()
        case .signals: takeSignals()
        case .output, .errors, .outputSink, .errorsSink: pumpStreams()
        case .input, .inputTarget: pumpInput()
        case .oom: checkOOM()
        case .listener: try takeViolation()
        case .cancelled, .forced: takeCancellation(token)
        case .attendant: attendant?.attend(to: self)
        case nil: break
        }
    }

    func put(_ input: JobMonitor.Input) {
        let actions = monitor.handle(input, at: Clock.now)
        // Who ends has something to do yet, however it was held when that was heard.
        if monitor.isOver { freeze(false) }
        for action in actions { carryOut(action) }
        if evidence.cause == nil { evidence.cause = monitor.cause }
    }

    private func carryOut(_ action: JobMonitor.Action) {
        switch action {
        case .signalJob(let signal):
            self.signal(signal)
        case .killAll:
            evidence.killedByUs = true
            container.killAll()
        case .lookForOthers:
            leftovers = Leftovers(container.cgroup.processes(below: container.pid), initPID: container.pid)
            put(.othersSeen(any: leftovers.count > 0))
        case .releaseInit: container.releaseInit()
        }
    }

    // MARK: What happens

    /// Takes one message; false when init has closed its end.
    private func hearFromInit() throws(SystemError) -> Bool {
        guard var message = try container.receive() else {
            poller.remove(container.control.raw)
            // With --no-init the socket closes when execve succeeds.
            if !plan.process.initProcess, failure == nil, startedAt == nil { jobStarted(at: Clock.now, ready: 0) }
            return false
        }
        let report = message.report
        switch isorun_report_kind(report.kind) {
        case ISORUN_REPORT_STARTED:
            job = message.descriptor.take()
            jobStarted(at: report.started_ns, ready: report.ready_ns)
        case ISORUN_REPORT_FAILED: failure = SetupFailure.error(report, plan: plan)
        case ISORUN_REPORT_STOPPED: evidence.stoppedBy = report.status
        case ISORUN_REPORT_CONTINUED: evidence.stoppedBy = nil
        case ISORUN_REPORT_EXITED:
            evidence.job = ProcessEnd(code: report.code, status: report.status)
            endedAt = Clock.now
            blocks = (report.blocks_read, report.blocks_written)
            if report.others_alive == 0 { tellJobIsGone() }
            put(.jobExited(othersAlive: report.others_alive != 0))
        case ISORUN_REPORT_DIRECTORY:
            if let held = message.descriptor.take() { try takeLayer(held, slot: UInt16(report.value)) }
        case ISORUN_REPORT_TERMINAL: if let master = message.descriptor.take() { try takeTerminal(master) }
        case ISORUN_REPORT_LISTENER:
            if let descriptor = message.descriptor.take() {
                _ = try poller.add(descriptor.raw, .readable, token: Token.listener.rawValue)
                listener = consume descriptor
            }
        default: break
        }
        return true
    }

    private func jobStarted(at time: UInt64, ready: UInt64) {
        guard startedAt == nil else { return }
        startedAt = time
        container.clock.end(container.awaitsWord ? "handover" : "setup", at: ready == 0 ? time : ready)
        container.clock.end("exec", at: time)
        put(.started(at: time))
    }

    private func processEnded() throws(SystemError) {
        // Everything init said before its end is in the socket.
        while try poller.waitsNow(container.control.raw), try hearFromInit() {}
        var end = isorun_end()
        guard unsafe isorun_pidfd_wait(container.process.raw, 0, &end) == 1 else { return }
        poller.remove(container.process.raw)
        tellJobIsGone()
        let ended = ProcessEnd(code: end.code, status: end.status)
        if plan.process.initProcess {
            evidence.initEnd = ended
        } else if failure == nil {
            evidence.job = ended
        }
        blocks = (max(blocks.read, end.blocks_read), max(blocks.written, end.blocks_written))
        put(.containerEnded)
    }

    private func tellJobIsGone() {
        jobIsGone?()
        jobIsGone = nil
    }

    private func tick() {
        timer.acknowledge()
        if oomRechecks > 0 { checkOOM() }
        put(.tick)
        if Clock.now >= sampler.nextDeadline { lookForOOM() }
        let isOver = sampler.tick(
            Clock.now,
            memory: container.cgroup.sampleMemory(),
            cpuUsage: container.cgroup.cpuUsage(),
            disk: container.root.scratch?.usage()
        )
        if isOver { put(.end(.cpuTime)) }
    }

    /// At every look, as what is told of the first may have come before anybody listened.
    private func lookForOOM() {
        guard plan.cgroup.oom == .group, container.cgroup.oomNotice == .event else { return }
        if oomEvents == nil { watchOOM() }
        endIfKilledForMemory()
    }

    @discardableResult private func endIfKilledForMemory() -> Bool {
        guard (container.cgroup.oomKills() ?? 0) > 0 else { return false }
        put(.end(.outOfMemory))
        return true
    }

    /// Asked to end, and asked again: each is heard once, for its descriptor stays readable.
    private func takeCancellation(_ token: Token?) {
        guard let cancellation else { return }
        poller.remove(token == .forced ? cancellation.forced.raw : cancellation.asked.raw)
        put(.end(.cancelled(signal: cancellation.signal)))
    }

    private func takeSignals() {
        while let signal = signals?.next() {
            if EndingSignals.all.contains(signal) { put(.end(.cancelled(signal: signal))) }
            if signal == SIGTSTP { pause() }
            // Whoever had the terminal meanwhile has set its modes and may have changed its size.
            if signal == SIGCONT { terminalMode?.renew() }
            if [SIGWINCH, SIGCONT].contains(signal), let raw = terminal?.raw {
                TerminalMode.copySize(from: STDIN_FILENO, to: raw)
            }
        }
    }

    /// Is stopped by SIGTSTP as any program is, and leaves the terminal meanwhile as it was.
    func pause() {
        let isRaw = terminalMode != nil
        terminalMode = nil
        isorun_take_default(SIGTSTP)
        if isRaw { terminalMode = TerminalMode(raw: STDIN_FILENO) }
    }

    private func checkOOM() {
        var count: UInt64 = 0
        if let raw = oomEvents?.raw { _ = unsafe read(raw, &count, 8) }
        // The notice comes just before the kill.
        if endIfKilledForMemory() || oomRechecks == 50 {
            oomRechecks = 0
        } else {
            oomRechecks += 1
            sampler.lookSoon(Clock.now + 1_000_000)
        }
    }

    /// Hears that the job runs, where what it did is heard first.
    ///
    /// What isorun calls before execve passes every filter, so that who was caught has been executed: init, which was
    /// woken by that, is about to say so.
    private func awaitStart() throws(SystemError) {
        let deadline = Clock.now + 1_000_000_000
        while startedAt == nil, failure == nil, Clock.now < deadline {
            guard try poller.waitsNow(container.control.raw, milliseconds: 100) else { continue }
            if try !hearFromInit() { break }
        }
    }

    private func takeViolation() throws(SystemError) {
        guard let raw = listener?.raw else { return }
        var violation = isorun_violation()
        let result = unsafe isorun_seccomp_receive(raw, &violation)
        // Who made the call may be dead by now; another may still make one.
        if result == -EAGAIN || result == -ENOENT { return }
        guard result == 0 else { return poller.remove(raw) }
        try awaitStart()
        put(.end(.violation(syscall: syscallName(number: violation.number, auditArch: violation.architecture))))
    }

    /// A layer that the child made is held through its directory: to see how full it is and to read what was written.
    private func takeLayer(_ directory: consuming OwnedDescriptor, slot: UInt16) throws(SystemError) {
        guard let layer = container.sentLayers[slot] else { return }
        let upper = HeldDirectory(directory)
        if container.root.scratch == nil { container.root.scratch = try? upper.directory("") }
        container.root.written.append(try WrittenLayer(layer, upper: upper))
    }

    private func takeTerminal(_ master: consuming OwnedDescriptor) throws(SystemError) {
        _ = fcntl(master.raw, F_SETFL, O_NONBLOCK)
        // Without -i no key reaches the job, and Ctrl-C is meant for isorun.
        if plan.process.interactive, attendant == nil { terminalMode = TerminalMode(raw: STDIN_FILENO) }
        // The one the launch gave it may be out of date: until signals were taken over, a change went unheard.
        TerminalMode.copySize(from: STDIN_FILENO, to: master.raw)
        let reading = try master.duplicate("take the terminal")
        let writing = try master.duplicate("take the terminal")
        _ = try poller.add(reading.raw, .readable, token: Token.output.rawValue)
        let sink = standardOutput.map(OutputSink.init)
        output = StreamRelay(reading, to: sink, keeping: captureLimit, heardBy: attendant)
        if let attendant {
            attendant.take(input: writing)
        } else if plan.process.interactive {
            input = InputRelay(from: STDIN_FILENO, to: writing)
            try watchInput()
        }
        terminal = consume master
    }
}
