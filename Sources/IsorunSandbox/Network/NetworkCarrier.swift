internal import CIsorunChild
internal import CIsorunSystem
internal import Glibc
internal import IsorunModel
internal import IsorunPlanning
internal import IsorunSystem
internal import SystemPackage

/// The process that carries a container's private network; it is ended and reaped with its owner.
struct NetworkCarrier: ~Copyable {
    private let process: OwnedDescriptor
    private let ready: OwnedDescriptor
    private let messages: OwnedDescriptor
    private let program: String

    // It takes some 20 ms; a host that is very busy takes longer, and one where it hangs should be told as such.
    private static let patience: Int32 = 20_000

    /// Starts the carrier for a container that is cloned and has its ids, and does not wait for it.
    static func start(
        _ network: UserModeNetwork,
        publishing ports: [PublishedPort],
        container pid: Int32,
        identity: IdentityRange,
        privileged: Bool
    ) throws(SystemError) -> NetworkCarrier {
        var ready = try Pipe()
        var messages = try Pipe()
        guard let readyReader = ready.reader.take(), let readyWriter = ready.writer.take(),
            let messagesReader = messages.reader.take(), let messagesWriter = messages.writer.take()
        else {
            throw SystemError("make a pipe", "", .badFileDescriptor)
        }
        // It opens the pipe anew, by its path in /proc, under an id that is not the keeper's.
        let id = identity.networkID
        let owner = identity.first + id
        if id != 0, fchown(readyWriter.raw, owner, owner) < 0 {
            throw SystemError("hand a pipe on", "", Errno(rawValue: errno))
        }
        // Whatever it complains of later, it never waits for a reader.
        for raw in [messagesReader.raw, messagesWriter.raw] { _ = fcntl(raw, F_SETFL, O_NONBLOCK) }
        let user = try open("user", of: pid)
        let net = try open("net", of: pid)
        let program = network.carrier.program.string
        var pidfd: Int32 = -1
        let memory = CarrierMemory(program, network.arguments(publishing: ports))
        var start = unsafe memory.start
        unsafe start.user_namespace = user.raw
        unsafe start.network_namespace = net.raw
        unsafe start.ready = readyWriter.raw
        unsafe start.messages = messagesWriter.raw
        unsafe start.keeper = getpid()
        unsafe start.id = id
        unsafe start.own_tunnel = privileged ? 1 : 0
        _ = try unsafe check(isorun_network_start(&start, &pidfd), "start what carries the private network", program)
        withExtendedLifetime(memory) {}
        return NetworkCarrier(
            process: OwnedDescriptor(pidfd),
            ready: readyReader,
            messages: messagesReader,
            program: program
        )
    }

    private static func open(_ namespace: String, of pid: Int32) throws(SystemError) -> OwnedDescriptor {
        let path = "/proc/\(pid)/ns/\(namespace)"
        let raw = unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC)
        return try OwnedDescriptor(raw < 0 ? -errno : raw, "open the \(namespace) namespace", path)
    }

    deinit {
        process.killChild()
    }

    /// Waits until the network is up: nil, or why it is not.
    func waitUntilReady() -> SandboxError? {
        var waiting = pollfd(fd: ready.raw, events: Int16(POLLIN), revents: 0)
        var count: Int32 = 0
        repeat { count = unsafe poll(&waiting, 1, Self.patience) } while count < 0 && errno == EINTR
        if count == 0 {
            let detail = "\(program) was not ready within \(Self.patience / 1000) seconds. \(complaint)"
            return SandboxError(step: "bring the private network up", detail: detail)
        }
        var byte: UInt8 = 0
        if unsafe read(ready.raw, &byte, 1) == 1 { return nil }
        return failure
    }

    /// Its pidfd: readable when it has ended.
    var readiness: Int32 { process.raw }

    /// Whether it has ended before the container did, with what it said last.
    var earlyEnd: String? {
        var waiting = pollfd(fd: process.raw, events: Int16(POLLIN), revents: 0)
        guard unsafe poll(&waiting, 1, 0) == 1 else { return nil }
        let words = complaint
        return "\(program) ended before the job, and with it the private network" + (words.isEmpty ? "" : ": \(words)")
    }

    /// Why it ended before it was ready.
    private var failure: SandboxError {
        let said = said
        var record: isorun_network_failure?
        if said.count == MemoryLayout<isorun_network_failure>.size, said.first == 0 {
            record = unsafe said.withUnsafeBytes { unsafe $0.loadUnaligned(as: isorun_network_failure.self) }
        }
        if let record {
            let step = Self.step(isorun_network_step(record.step))
            return SandboxError(step: step, subject: program, errno: Errno(rawValue: record.error))
        }
        let words = complaint(said)
        let hint = words.contains("bind") ? "a port was taken in this moment: start it again" : nil
        let detail = words.isEmpty ? "\(program) ended without a word" : words
        return SandboxError(step: "bring the private network up", detail: detail, hint: hint)
    }

    private static func step(_ step: isorun_network_step) -> String {
        switch step {
        case ISORUN_NETWORK_DESCRIPTORS: "hand descriptors to what carries the private network"
        case ISORUN_NETWORK_TUNNEL: "make /dev/net/tun for what carries the private network"
        case ISORUN_NETWORK_USER_NAMESPACE: "enter the container's user namespace"
        case ISORUN_NETWORK_SETTINGS: "settle the container's network namespace"
        case ISORUN_NETWORK_IDS, ISORUN_NETWORK_RIGHTS: "take what carries the private network its rights"
        default: "execute what carries the private network"
        }
    }

    private var said: [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = unsafe read(messages.raw, &bytes, bytes.count)
        return Array(bytes.prefix(max(count, 0)))
    }

    private var complaint: String { complaint(said) }

    /// What it said in one line, without what it says of itself on every host that logs to no /dev/log.
    private func complaint(_ bytes: [UInt8]) -> String {
        String(decoding: bytes, as: UTF8.self).split(separator: "\n")
            .filter { !$0.hasPrefix("Failed to send") && !$0.hasPrefix("Couldn't get any nameserver") }
            .joined(separator: "; ")
    }
}

/// The carrier's program and arguments as memory that C reads, until the clone has returned.
@safe private final class CarrierMemory {
    private var texts: [UnsafeMutablePointer<CChar>?] = unsafe []
    private let arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    private let environment: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    let start: isorun_network

    init(_ program: String, _ words: [String]) {
        var texts: [UnsafeMutablePointer<CChar>?] = unsafe []
        for word in words + [program] { unsafe texts.append(strdup(word)) }
        unsafe arguments = .allocate(capacity: words.count + 1)
        for index in words.indices { unsafe (arguments + index).initialize(to: texts[index]) }
        unsafe (arguments + words.count).initialize(to: nil)
        // An empty environment: nothing of the caller's, no LD_PRELOAD, is meant for it.
        unsafe environment = .allocate(capacity: 1)
        unsafe environment.initialize(to: nil)
        var start = unsafe isorun_network()
        unsafe start.program = UnsafePointer(texts[words.count])
        unsafe start.argv = UnsafePointer(arguments)
        unsafe start.envp = UnsafePointer(environment)
        unsafe self.start = unsafe start
        unsafe self.texts = unsafe texts
    }

    deinit {
        unsafe texts.forEach { unsafe free($0) }
        unsafe arguments.deallocate()
        unsafe environment.deallocate()
    }
}
