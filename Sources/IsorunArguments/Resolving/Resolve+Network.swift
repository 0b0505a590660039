import IsorunModel

extension RunArguments {
    /// The most ports that one container publishes; each costs the network's process some sockets.
    private static let mostPorts = 1000

    func resolveNetwork(into job: inout JobSpec) throws(UsageError) {
        if let network, network.hasPrefix("container:") {
            let name = String(network.dropFirst("container:".count))
            guard !name.isEmpty else {
                throw OptionValue("--network", network).refused("names no container", example: "container:web")
            }
            job.network = .container
            job.networkPeer = .container(name)
        } else if let network {
            job.network = try OptionValue("--network", network).choice("a network", among: ValueNames.networkModes)
        }
        for text in publish {
            let value = OptionValue("--publish", text)
            job.ports += try value.publishedPorts()
            guard job.ports.count <= Self.mostPorts else {
                throw value.refused("makes more than \(Self.mostPorts) ports", example: "8000-8009:80-89")
            }
            try checkPorts(job.ports, value)
        }
        job.hostLoopback = hostLoopback
        if network == nil, !job.ports.isEmpty || hostLoopback { job.network = .private }
        guard job.network != .private else { return }
        let hint = "leave --network out, or use --network private"
        if let text = publish.first {
            throw OptionValue("--publish", text).refused("needs a private network", hint: hint)
        }
        if hostLoopback {
            throw UsageError(option: "--host-loopback", problem: "it needs a private network", hint: hint)
        }
    }

    /// The same port of the host leads to one place only, and pasta knows no address beside it.
    private func checkPorts(_ ports: [PublishedPort], _ value: OptionValue) throws(UsageError) {
        var seen: Set<PublishedPort> = []
        for port in ports where port.hostPort != 0 {
            let place = PublishedPort(port.hostPort, to: 0, port.transport)
            guard seen.insert(place).inserted else {
                let which = "\(port.hostPort)/\(port.transport)"
                throw value.refused("publishes port \(which) of the host a second time", example: "0:80, any free one")
            }
        }
    }
}

extension OptionValue {
    private static let portExample = "8080:80, 127.0.0.1:5353:53/udp, 8000-8009:80-89"

    /// `[IP:][HOST:]CONTAINER[/tcp|/udp]`, as docker's, each of a range for itself.
    func publishedPorts() throws(UsageError) -> [PublishedPort] {
        var rest = text[...]
        var transport = PublishedPort.Transport.tcp
        if let slash = rest.lastIndex(of: "/") {
            let name = rest[rest.index(after: slash)...]
            guard let named = PublishedPort.Transport(rawValue: String(name)) else {
                throw refused("ends in neither /tcp nor /udp", example: "5353:53/udp")
            }
            transport = named
            rest = rest[..<slash]
        }
        var address = PublishedPort.defaultAddress
        if let (host, ports) = try splitAddress(rest) {
            guard let named = IPAddress(parsing: host) else {
                throw refused("does not begin with an IP address", example: "127.0.0.1:8080:80, [::1]:8080:80")
            }
            address = named
            rest = ports
        }
        let parts = rest.split(separator: ":", omittingEmptySubsequences: false)
        guard 1...2 ~= parts.count, let last = parts.last else {
            throw refused("is not [IP:]HOST:CONTAINER", example: Self.portExample)
        }
        let inside = try portRange(last, least: 1)
        guard parts.count == 2, !parts[0].isEmpty else {
            return inside.map { PublishedPort(0, to: $0, transport, at: address) }
        }
        if parts[0] == "0" { return inside.map { PublishedPort(0, to: $0, transport, at: address) } }
        let outside = try portRange(parts[0], least: 1)
        guard outside.count == inside.count else {
            let problem = "has \(outside.count) ports of the host for \(inside.count) inside"
            throw refused(problem, example: "8000-8009:80-89")
        }
        return zip(outside, inside).map { PublishedPort($0, to: $1, transport, at: address) }
    }

    /// What stands before the ports, where an address does: in brackets, or before two colons.
    private func splitAddress(_ text: Substring) throws(UsageError) -> (host: Substring, ports: Substring)? {
        if text.first == "[" {
            guard let end = text.firstIndex(of: "]"), text[end...].hasPrefix("]:") else {
                throw refused("has no ]: after its address", example: "[::1]:8080:80")
            }
            let start = text.index(after: text.startIndex)
            return (text[start..<end], text[text.index(end, offsetBy: 2)...])
        }
        let colons = text.indices.filter { text[$0] == ":" }
        guard colons.count >= 2 else { return nil }
        let split = colons[colons.count - 2]
        return (text[..<split], text[text.index(after: split)...])
    }

    private func portRange(_ text: Substring, least: UInt64) throws(UsageError) -> ClosedRange<UInt16> {
        let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { Self.number($0) }
        guard 1...2 ~= ends.count, let first = ends[0], let last = ends[ends.count - 1] else {
            throw refused("has a port that is not a number", example: Self.portExample)
        }
        guard least...65535 ~= first, least...65535 ~= last else {
            throw refused("has a port that is not between \(least) and 65535", example: Self.portExample)
        }
        guard first <= last else { throw refused("has a range that ends before it begins", example: Self.portExample) }
        return UInt16(first)...UInt16(last)
    }
}
