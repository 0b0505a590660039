internal import CIsorunSystem
internal import Glibc
internal import IsorunModel
internal import IsorunPlanning
internal import IsorunSystem
internal import SystemPackage

/// The published ports, bound before anything of the container is made: what is busy is told by its own name, and what
/// was left open is chosen.
///
/// pasta can be handed no socket; it binds the same ports once more as soon as this is gone.
struct PortReservation: ~Copyable {
    /// The ports, with a number for each that was left open.
    let ports: [PublishedPort]
    private let sockets: [Held]

    /// Binds all of them, or says which one cannot be.
    ///
    /// - Parameters:
    ///   - asked: the ports.
    ///   - first: the least number that may be bound without rights.
    /// - Throws: which one cannot be bound, and why.
    init(_ asked: [PublishedPort], choosingFrom first: UInt16) throws(SandboxError) {
        var ports: [PublishedPort] = []
        var sockets: [Held] = []
        // Those that are named come first, so that none of them is chosen for another.
        for port in asked.filter({ $0.hostPort != 0 }) + asked.filter({ $0.hostPort == 0 }) {
            var chosen = port
            if let held = try Self.bindAnswering(&chosen, from: first, besides: ports) {
                sockets.append(held)
            } else {
                sockets.append(try Self.bind(&chosen, besides: ports))
            }
            ports.append(chosen)
        }
        self.ports = ports
        self.sockets = sockets
    }

    private static func bind(
        _ port: inout PublishedPort,
        besides others: [PublishedPort]
    ) throws(SandboxError) -> Held {
        let asked = port.hostPort
        // A port that is free at one address may be published at another already, which pasta does not tell apart.
        for _ in 0..<tries {
            port.hostPort = asked
            let raw = bind(&port)
            guard raw >= 0 else { throw Self.error(port, Errno(rawValue: -raw)) }
            let held = Held(raw)
            if asked != 0 || !isTaken(port, others) { return held }
        }
        throw Self.error(port, .addressInUse)
    }

    /// Binds a number that was left open where pasta loses no answers: one that is not above that inside.
    ///
    /// From anywhere in that range: two who look at the same time shall not meet.
    ///
    /// - Returns: nil where any number is as good as another, or none that is good was found.
    private static func bindAnswering(
        _ port: inout PublishedPort,
        from first: UInt16,
        besides others: [PublishedPort]
    ) throws(SandboxError) -> Held? {
        let least = max(first, 1)
        guard port.hostPort == 0, port.isSplicedUDP, port.containerPort >= least else { return nil }
        let count = Int(port.containerPort - least) + 1
        let start = Int.random(in: 0..<count)
        for step in 0..<min(count, tries) {
            var chosen = port
            chosen.hostPort = least + UInt16((start + step) % count)
            if isTaken(chosen, others) { continue }
            let raw = bind(&chosen)
            guard raw != -EADDRINUSE else { continue }
            guard raw >= 0 else { throw Self.error(port, Errno(rawValue: -raw)) }
            port = chosen
            return Held(raw)
        }
        return nil
    }

    private static let tries = 100

    private static func isTaken(_ port: PublishedPort, _ others: [PublishedPort]) -> Bool {
        others.contains { $0.hostPort == port.hostPort && $0.transport == port.transport }
    }

    private static func bind(_ port: inout PublishedPort) -> Int32 {
        let address = port.address
        let isUDP: Int32 = port.transport == .udp ? 1 : 0
        return unsafe isorun_bind_port(address.bytes, address.isVersion6 ? 1 : 0, isUDP, &port.hostPort)
    }

    private static func error(_ port: PublishedPort, _ errno: Errno) -> SandboxError {
        let number = port.hostPort
        let step = "publish \(port.hostSide)/\(port.transport)"
        let (letter, who) = port.transport == .udp ? ("u", "bound it") : ("t", "listens there")
        let hint: String? =
            switch errno {
            case .addressInUse:
                "who \(who): ss -l\(letter)np 'sport = :\(number)'; or take another port, 0 is any free one"
            case .addressNotAvailable: "this host has no such address: ip address shows those it has"
            case .permissionDenied: "ports below net.ipv4.ip_unprivileged_port_start are for root"
            default: nil
            }
        return SandboxError(step: step, errno: errno, hint: hint)
    }

    private final class Held {
        private let socket: OwnedDescriptor
        init(_ raw: Int32) { socket = OwnedDescriptor(raw) }
    }
}
