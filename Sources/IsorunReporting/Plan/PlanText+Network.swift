import IsorunModel
import IsorunPlanning
import SystemPackage

extension PlanText {
    /// The network for a person to read; what has no network of its own needs few words.
    static func network(_ plan: NetworkPlan) -> [(String, String)] {
        if let peer = plan.peer { return [("mode", "container: " + whose(peer))] }
        guard let network = plan.userMode else {
            return [("mode", plan.mode == .host ? "host: the host's own" : "none: loopback only")]
        }
        var rows = [("mode", "private: an address of its own, carried by \(escape(network.carrier.program))")]
        rows.append(("IPv4", interface(network.version4)))
        rows.append(("IPv6", network.version6.map(interface) ?? "none"))
        let loopback = network.hostLoopback ? "at the gateway" : "not to be reached"
        rows.append(("host's loopback", loopback))
        let servers = network.resolverFile.split(separator: "\n").filter { $0.hasPrefix("nameserver ") }
        let names = servers.map { escape(String($0.dropFirst("nameserver ".count))) }.joined(separator: ", ")
        let forwarded = network.forwardedResolver == nil ? "" : ", which is the host's own resolver"
        rows.append(("DNS", names.isEmpty ? "none" : names + forwarded))
        for port in network.ports { rows.append(("published", port.description)) }
        return rows
    }

    private static func whose(_ peer: NetworkPeer) -> String {
        if case .container(let name) = peer { return "that of \(escape(name))" }
        return "that of the container beside it"
    }

    private static func interface(_ interface: UserModeNetwork.Interface) -> String {
        "\(interface.address)/\(interface.prefix), by way of \(interface.gateway)"
    }
}

extension PlanDocument {
    /// The network as a document.
    static func network(_ plan: NetworkPlan) -> JSON {
        if case .container(let name) = plan.peer {
            return .object([.init("mode", .string(plan.mode.rawValue)), .init("container", .string(name))])
        }
        guard let network = plan.userMode else { return .object([.init("mode", .string(plan.mode.rawValue))]) }
        let ports = network.ports.map { port in
            JSON.object([
                .init("hostIP", .string("\(port.address)")), .init("hostPort", .whole(port.hostPort)),
                .init("containerPort", .whole(port.containerPort)), .init("protocol", .string(port.transport.rawValue)),
            ])
        }
        return .object([
            .init("mode", .string(plan.mode.rawValue)),
            .init("program", .string(network.carrier.program.string)),
            .init("arguments", .array(network.arguments(publishing: network.ports).map { .string($0) })),
            .init("resolver", .string(network.resolverFile)),
            .init("ports", .array(ports)),
        ])
    }
}
