package import IsorunModel
package import IsorunReporting

/// Published ports as docker tells them.
package struct PortList: Hashable, Sendable {
    private let ports: [PublishedPort]

    /// Of a container that does not live nothing is published any more.
    package init(_ record: ContainerRecord, _ status: Container.Status) {
        self.init(status == .running || status == .paused ? record.ports : [])
    }

    init(_ ports: [PublishedPort]) {
        self.ports = ports.sorted { Self.key($0).lexicographicallyPrecedes(Self.key($1)) }
    }

    private static func key(_ port: PublishedPort) -> [UInt16] {
        let transport: UInt16 = port.transport == .tcp ? 0 : 1
        return [port.containerPort, transport] + port.address.bytes.map { UInt16($0) } + [port.hostPort]
    }

    /// The column of `ps`: `127.0.0.1:8080->80/tcp`, and neighbours that have the same number on both sides in one.
    package var column: String {
        var groups: [(first: PublishedPort, last: PublishedPort)] = []
        var others: [String] = []
        for port in ports {
            guard port.hostPort == port.containerPort else {
                others.append("\(port.hostSide)->\(port.containerSide)")
                continue
            }
            let neighbour = groups.lastIndex { group in
                group.last.address == port.address && group.last.transport == port.transport
                    && group.last.containerPort + 1 == port.containerPort
            }
            if let neighbour { groups[neighbour].last = port } else { groups.append((port, port)) }
        }
        let texts = groups.map { group in
            guard group.first != group.last else { return "\(group.first.hostSide)->\(group.first.containerSide)" }
            let range = "\(group.first.hostPort)-\(group.last.hostPort)"
            return "\(group.first.hostAddress):\(range)->\(range)/\(group.first.transport)"
        }
        return (texts + others).joined(separator: ", ")
    }

    /// The lines of `port`: `80/tcp -> 127.0.0.1:8080`.
    package var lines: [String] { ports.map { "\($0.containerSide) -> \($0.hostSide)" } }

    /// Where one port of the container is reached; empty where it is not.
    package func places(of port: UInt16, _ transport: PublishedPort.Transport) -> [String] {
        ports.filter { $0.containerPort == port && $0.transport == transport }.map(\.hostSide)
    }

    /// As `inspect` has it: `{"80/tcp": [{"HostIp": "127.0.0.1", "HostPort": "8080"}]}`.
    package var json: JSON {
        var members: [JSON.Member] = []
        for port in ports where !members.contains(where: { $0.key == port.containerSide }) {
            let same = ports.filter { $0.containerSide == port.containerSide }
            members.append(.init(port.containerSide, .array(same.map(Self.binding))))
        }
        return .object(members)
    }

    private static func binding(_ port: PublishedPort) -> JSON {
        .object([
            .init("HostIp", .string("\(port.address)")),
            .init("HostPort", .string(port.hostPort == 0 ? "" : "\(port.hostPort)")),
        ])
    }
}

extension PublishedPort {
    /// The container's side alone: `80/tcp`.
    package var containerSide: String { "\(containerPort)/\(transport)" }

    fileprivate var hostAddress: String { address.isVersion6 ? "[\(address)]" : "\(address)" }
}
