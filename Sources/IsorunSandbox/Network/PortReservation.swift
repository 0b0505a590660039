internal import CIsorunSystem
internal import IsorunModel
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
    init(_ asked: [PublishedPort]) throws(SandboxError) {
        var ports: [PublishedPort] = []
        var sockets: [Held] = []
        // Those that are named come first, so that none of them is chosen for another.
        for port in asked.filter({ $0.hostPort != 0 }) + asked.filter({ $0.hostPort == 0 }) {
            var chosen = port
            sockets.append(try Self.bind(&chosen, besides: ports))
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
        for _ in 0..<100 {
            port.hostPort = asked
            let address = port.address.bytes
            let isUDP: Int32 = port.transport == .udp ? 1 : 0
            let raw = unsafe isorun_bind_port(address, port.address.isVersion6 ? 1 : 0, isUDP, &port.hostPort)
            guard raw >= 0 else { throw Self.error(port, Errno(rawValue: -raw)) }
            let held = Held(raw)
            let isTaken = others.contains { $0.hostPort == port.hostPort && $0.transport == port.transport }
            if asked != 0 || !isTaken { return held }
        }
        throw Self.error(port, .addressInUse)
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
