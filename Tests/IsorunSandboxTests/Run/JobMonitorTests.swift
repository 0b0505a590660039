import Testing

@testable import IsorunSandbox

/// Times are nanoseconds of a clock that only these tests move.
@Suite struct `A job's monitor` {
    private static func monitor(timeout: UInt64 = 1000, gracePeriod: UInt64 = 100) -> JobMonitor {
        JobMonitor(startedAt: 0, timeout: timeout, gracePeriod: gracePeriod)
    }

    @Test func `bounds the job's own time, from the moment it runs`() {
        var monitor = Self.monitor()
        #expect(monitor.nextDeadline == 1000)
        #expect(monitor.handle(.started(at: 70), at: 75) == [])
        #expect(monitor.nextDeadline == 1070)
        #expect(monitor.handle(.tick, at: 1069) == [])
        #expect(monitor.cause == nil)
        #expect(monitor.handle(.tick, at: 1070) == [.signalJob(15)])
        #expect(monitor.cause == .wallClock && monitor.phase == .ending(killAt: 1170))
    }

    @Test func `kills when the grace period is over, and not before`() {
        var monitor = Self.monitor()
        _ = monitor.handle(.tick, at: 1000)
        #expect(monitor.handle(.tick, at: 1099) == [])
        #expect(monitor.handle(.tick, at: 1100) == [.killAll])
        #expect(monitor.nextDeadline == nil)
        #expect(monitor.handle(.tick, at: 5000) == [])
    }

    // What ends a job that is to end: with patience, or at once.
    @Test(arguments: [
        (EndCause.cpuTime, [JobMonitor.Action.signalJob(15)]),
        (.cancelled(signal: 2), [.signalJob(2)]),
        (.cancelled(signal: 1), [.signalJob(1)]),
        (.output, [.killAll]),
        (.outOfMemory, [.killAll]),
        (.violation(syscall: "bpf"), [.killAll]),
    ])
    func `asks a job first that may clean up`(cause: EndCause, actions: [JobMonitor.Action]) {
        var monitor = Self.monitor()
        #expect(monitor.handle(.end(cause), at: 10) == actions)
        #expect(monitor.cause == cause)
    }

    @Test func `stops a job as it is asked to, and kills it when that time is over`() {
        var monitor = Self.monitor()
        #expect(monitor.handle(.stop(signal: 10, grace: 30), at: 10) == [.signalJob(10)])
        #expect(monitor.cause == .stopped(signal: 10) && monitor.nextDeadline == 40)
        // Asked again with less patience; more would not bring the kill nearer.
        #expect(monitor.handle(.stop(signal: 10, grace: 500), at: 11) == [.signalJob(10)])
        #expect(monitor.nextDeadline == 40)
        #expect(monitor.handle(.stop(signal: 15, grace: 5), at: 20) == [.signalJob(15)])
        #expect(monitor.handle(.tick, at: 25) == [.killAll])
    }

    @Test func `that is asked to kill, or to wait no time, kills at once`() {
        var killed = Self.monitor()
        #expect(killed.handle(.stop(signal: 9, grace: 1000), at: 10) == [.killAll])
        var hurried = Self.monitor()
        #expect(hurried.handle(.stop(signal: 15, grace: 0), at: 10) == [.signalJob(15), .killAll])
    }

    @Test func `without a limit of time has none`() {
        var monitor = JobMonitor(startedAt: 0, timeout: nil, gracePeriod: 100)
        _ = monitor.handle(.started(at: 5), at: 5)
        #expect(monitor.nextDeadline == nil)
        #expect(monitor.handle(.tick, at: .max - 1) == [])
        // Stopped with all the patience there is, it is never killed.
        #expect(monitor.handle(.stop(signal: 15, grace: .max), at: 10) == [.signalJob(15)])
        #expect(monitor.nextDeadline == .max)
    }

    @Test func `without a grace period kills at once`() {
        var monitor = Self.monitor(gracePeriod: 0)
        #expect(monitor.handle(.tick, at: 1000) == [.killAll])
    }

    @Test func `takes the first cause, whatever comes after it`() {
        var monitor = Self.monitor()
        _ = monitor.handle(.end(.cpuTime), at: 10)
        #expect(monitor.handle(.end(.wallClock), at: 20) == [])
        #expect(monitor.handle(.end(.output), at: 30) == [.killAll])
        #expect(monitor.cause == .cpuTime)
    }

    @Test func `kills at the second Ctrl-C`() {
        var monitor = Self.monitor(gracePeriod: 1_000_000)
        #expect(monitor.handle(.end(.cancelled(signal: 2)), at: 10) == [.signalJob(2)])
        #expect(monitor.handle(.end(.cancelled(signal: 2)), at: 20) == [.killAll])
    }

    // Whatever it is ending for, and that stays the cause.
    @Test(arguments: [EndCause.wallClock, .cpuTime, .stopped(signal: 15)])
    func `kills at a Ctrl-C while the job has its time to clean up`(cause: EndCause) {
        var monitor = Self.monitor(gracePeriod: 1_000_000)
        if case .stopped = cause {
            _ = monitor.handle(.stop(signal: 15, grace: 1_000_000), at: 10)
        } else {
            _ = monitor.handle(.end(cause), at: 10)
        }
        #expect(monitor.handle(.end(.cancelled(signal: 2)), at: 20) == [.killAll])
        #expect(monitor.cause == cause)
    }

    private static let (moment, next): (UInt64, UInt64) = (100_000_000, 5_000_000)

    @Test func `of a job that ended gives what lives on a moment, and then lets init go`() {
        var monitor = Self.monitor()
        #expect(monitor.handle(.jobExited(othersAlive: true), at: 10) == [.lookForOthers])
        #expect(monitor.handle(.othersSeen(any: true), at: 10) == [])
        #expect(monitor.nextDeadline == 10 + Self.next && monitor.isOver)
        #expect(monitor.handle(.tick, at: 9 + Self.next) == [])
        #expect(monitor.handle(.tick, at: 10 + Self.next) == [.lookForOthers])
        #expect(monitor.handle(.othersSeen(any: true), at: 9 + Self.moment) == [])
        #expect(monitor.handle(.tick, at: 10 + Self.moment) == [.lookForOthers])
        #expect(monitor.handle(.othersSeen(any: true), at: 10 + Self.moment) == [.releaseInit])
        #expect(monitor.handle(.containerEnded, at: 12 + Self.moment) == [])
        #expect(monitor.phase == .ended && monitor.cause == nil)
    }

    @Test func `of a job that ended lets init go once nothing else lives`() {
        var monitor = Self.monitor()
        _ = monitor.handle(.jobExited(othersAlive: true), at: 10)
        #expect(monitor.handle(.othersSeen(any: false), at: 11) == [.releaseInit])
        #expect(monitor.phase == .exited && monitor.nextDeadline == nil)
        var ended = Self.monitor()
        _ = ended.handle(.tick, at: 1000)
        #expect(ended.handle(.jobExited(othersAlive: true), at: 1001) == [.releaseInit])
    }

    @Test func `of a job that ended on the last moment has no cause`() {
        var monitor = Self.monitor()
        _ = monitor.handle(.jobExited(othersAlive: false), at: 1000)
        #expect(monitor.handle(.tick, at: 1000) == [])
        #expect(monitor.handle(.end(.output), at: 1001) == [])
        #expect(monitor.cause == nil)
    }

    @Test func `that was told to stop while others live on kills them`() {
        var monitor = Self.monitor()
        _ = monitor.handle(.jobExited(othersAlive: true), at: 10)
        #expect(monitor.handle(.end(.cancelled(signal: 15)), at: 11) == [.killAll])
    }

    @Test func `that is over does nothing more`() {
        var monitor = Self.monitor()
        _ = monitor.handle(.containerEnded, at: 1)
        for input in [JobMonitor.Input.tick, .started(at: 2), .end(.output), .jobExited(othersAlive: true)] {
            #expect(monitor.handle(input, at: 9999) == [])
        }
        #expect(monitor.nextDeadline == nil)
    }

    @Test func `takes times that do not fit as no end at all`() {
        var monitor = Self.monitor(timeout: .max, gracePeriod: .max)
        _ = monitor.handle(.started(at: 5), at: 6)
        #expect(monitor.nextDeadline == .max)
        #expect(monitor.handle(.end(.cpuTime), at: 10) == [.signalJob(15)])
        #expect(monitor.nextDeadline == .max)
    }
}
