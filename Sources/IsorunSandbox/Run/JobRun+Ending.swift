internal import Glibc
internal import IsorunSystem

extension JobRun {
    /// Everything is dead: reads what is left to read, and the counters before the cgroup goes.
    func finish() -> RunRecord {
        terminalMode = nil
        container.endNetwork()
        // With its first process the pid namespace has ended, and every process in it (pid_namespaces(7)). One that was just
        // about to enter it goes with the cgroup.
        drain()
        oomEvents = nil
        sampler.finish(disk: container.root.scratch?.usage())
        let counters = container.cgroup.counters()
        return record(counters)
    }

    /// Whether isorun ended the job, or was told to end.
    var isCutShort: Bool { evidence.cause != nil || readersAreGivenUp }

    /// Which of isorun's own streams could not be written, and the kernel's answer.
    var lostOutput: String? {
        let streams = [("standard output", output?.sinkFailure), ("standard error", errors?.sinkFailure)]
        let lost = streams.compactMap { name, errno in errno.map { "\(name) could not be written: \($0.text)" } }
        return lost.isEmpty ? nil : lost.joined(separator: "; ") + ": some of what the job wrote is lost"
    }

    private func drain() {
        // Whoever waits for a limit to end a job does not wait for its reader; whoever pages through its output does.
        let deadline: UInt64? = evidence.cause == nil ? nil : Clock.now + 1_000_000_000
        while output?.isOpen == true || errors?.isOpen == true {
            let before = (output?.capture.bytes ?? 0) + (errors?.capture.bytes ?? 0)
            passOn(deadline)
            pumpStreams()
            let after = (output?.capture.bytes ?? 0) + (errors?.capture.bytes ?? 0)
            let blocked = output?.isBlocked == true || errors?.isBlocked == true
            if before == after && !blocked { break }
        }
        passOn(deadline)
        // What else came was meant for the job, which has ended.
        hearEnd()
    }

    private func passOn(_ deadline: UInt64?) {
        output?.finish(deadline: deadline, interrupt: interrupt) { hearEnd() }
        errors?.finish(deadline: deadline, interrupt: interrupt) { hearEnd() }
    }

    /// What tells that isorun shall end, or end at once.
    private var interrupt: Int32? {
        if let raw = signals?.descriptor.raw { return raw }
        return evidence.cause == nil ? cancellation?.asked.raw : cancellation?.forced.raw
    }

    /// Whether isorun was told so since the job has ended: then nobody waits for a reader any longer.
    @discardableResult private func hearEnd() -> Bool {
        while let signal = signals?.next() {
            if EndingSignals.all.contains(signal) { readersAreGivenUp = true }
            if signal == SIGTSTP { pause() }
        }
        if signals == nil, let interrupt, (try? poller.waitsNow(interrupt)) == true { readersAreGivenUp = true }
        return readersAreGivenUp
    }
}
