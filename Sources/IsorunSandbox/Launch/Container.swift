internal import CIsorunChild
internal import CIsorunSystem
internal import Glibc
internal import IsorunCgroups
internal import IsorunModel
internal import IsorunPlanning
internal import IsorunSystem
internal import SystemPackage

/// A container whose init runs: what the keeper holds of it until it is gone.
struct Container: ~Copyable {
    /// Init, or the job itself with `--no-init`.
    let process: OwnedDescriptor
    /// Its id in the keeper's pid namespace.
    let pid: Int32
    /// The keeper's end of the control socket; its closing ends the container.
    let control: OwnedDescriptor
    /// What bounds and counts it.
    var cgroup: KeptCgroup
    /// The other ends of the job's streams; nil where it has a terminal.
    var standardInput: OwnedDescriptor?
    var standardOutput: OwnedDescriptor?
    var standardError: OwnedDescriptor?
    /// The mounts and what was written to them.
    var root: PreparedRoot
    /// What carries its private network.
    var network: NetworkCarrier?
    /// What is to be said where that ended before the job did.
    private(set) var networkEnd: String?
    /// The ports of the host that lead into it.
    let ports: [PublishedPort]
    /// The layers whose directories the child sends, by the slot that its report names.
    let sentLayers: [UInt16: ScratchLayer]
    /// Whether its job waits for a word when all else has been done.
    let awaitsWord: Bool
    /// How long each part of the launch took.
    var clock: PhaseClock

    /// The next message of init, and a descriptor that came with it.
    ///
    /// Nil when init has closed its end.
    func receive() throws(SystemError) -> InitMessage? {
        var report = isorun_report()
        var raw: Int32 = -1
        let size = MemoryLayout<isorun_report>.size
        let length = unsafe isorun_receive(control.raw, &report, size, &raw)
        let descriptor = raw >= 0 ? OwnedDescriptor(raw) : nil
        if length == -Int(ECONNRESET) || length == 0 { return nil }
        _ = try check(Int32(length), "hear from init")
        guard length == size else { return nil }
        return InitMessage(report: report, descriptor: descriptor)
    }

    /// Whether its first process has not ended.
    var isAlive: Bool {
        var request = pollfd(fd: process.raw, events: Int16(POLLIN), revents: 0)
        return unsafe poll(&request, 1, 0) == 0
    }

    /// Gives the word that its job begins.
    func begin() { send(ISORUN_COMMAND_GO, 0) }

    /// Has init signal the job and its process group.
    func signalJob(_ signal: Int32) { send(ISORUN_COMMAND_SIGNAL, signal) }

    /// Lets init go, and everything in the container with it.
    func releaseInit() { send(ISORUN_COMMAND_EXIT, 0) }

    private func send(_ kind: isorun_command_kind, _ signal: Int32) {
        var command = isorun_command(kind: kind.rawValue, signal: signal)
        // Where init is gone already there is nobody left to tell.
        _ = unsafe isorun_send(control.raw, &command, MemoryLayout<isorun_command>.size, nil, 0)
    }

    /// Ends what carries the private network, after the job.
    mutating func endNetwork() {
        lookAtNetwork()
        network = nil
    }

    /// Learns whether it has ended already; what it said last can be read once.
    mutating func lookAtNetwork() {
        if networkEnd == nil { networkEnd = network?.earlyEnd }
    }

    /// Ends it where no job of its has begun: no zombie is left, and the cgroup can go.
    consuming func discard() {
        process.killChild()
        _ = cgroup.waitUntilEmpty(within: .milliseconds(500))
    }

    /// Kills init, and with it everything in its pid namespace; the cgroup is killed too, for what may be outside of it.
    mutating func killAll() {
        _ = isorun_pidfd_signal(process.raw, SIGKILL)
    }
}

/// A message of init.
struct InitMessage: ~Copyable {
    var report: isorun_report
    /// What came with it.
    var descriptor: OwnedDescriptor?
}
