internal import IsorunModel
internal import SystemPackage

extension Planner {
    private static let install = "install pasta: apt-get install passt"

    /// The network that the container sees.
    static func planNetwork(_ spec: JobSpec, on facts: HostFacts) throws(PlanError) -> NetworkPlan {
        if let peer = spec.networkPeer { return try sharedNetwork(with: peer, on: facts) }
        guard spec.network == .private else { return NetworkPlan(spec.network) }
        let host = facts.network ?? NetworkFacts()
        let carrier = try carrier(spec, host)
        try checkTunnel(facts, host)
        try checkRights(spec.ports, host)
        let network = freeNetwork(host.networks4)
        func address(_ last: UInt8) -> IPAddress { IPAddress(network.0, network.1, network.2, last) }
        var plan = UserModeNetwork(
            carrier: carrier,
            version4: .init(address: address(100), prefix: 24, gateway: address(2)),
            version6: nil,
            isOffline: !host.hasDefaultRoute4 && !host.hasDefaultRoute6,
            hostLoopback: spec.hostLoopback,
            forwardedResolver: nil,
            ports: spec.ports,
            resolverFile: ""
        )
        if case .pasta = carrier, host.hasDefaultRoute6 { plan.version6 = version6 }
        let nameservers = nameservers(host.resolver, &plan, forwarding: address(3))
        plan.resolverFile = resolverFile(nameservers, host.resolver)
        return NetworkPlan(.private, userMode: plan, resolverFile: plan.resolverFile)
    }

    private static func sharedNetwork(
        with peer: NetworkPeer,
        on facts: HostFacts
    ) throws(PlanError) -> NetworkPlan {
        guard let found = facts.peer else {
            guard case .container(let name) = peer else {
                throw PlanError(.impossible, "the container whose network was to be shared has ended")
            }
            throw PlanError(
                .impossible,
                "--network container:\(name): no container of this name or id runs, or its network is the host's own",
                hint: "isorun ps shows those that run; --network host is the host's own"
            )
        }
        return NetworkPlan(.container, peer: peer, resolverFile: found.resolverFile)
    }

    /// What a person should know of it.
    static func networkNotes(_ plan: NetworkPlan, on facts: HostFacts) -> [String] {
        guard let network = plan.userMode else { return [] }
        var notes: [String] = []
        if network.isOffline {
            notes.append("warning: the host has no default route: the private network has no way out")
        }
        if case .slirp4netns = network.carrier {
            notes.append("pasta is missing, so slirp4netns carries the private network, without IPv6; \(install)")
        }
        let first = facts.firstUnprivilegedPort
        if let port = network.ports.first(where: { $0.mayLoseAnswers(choosingFrom: first) }) {
            notes.append(port.answersWarning)
        }
        if network.hostLoopback { notes.append("the host's own loopback is \(network.version4.gateway) inside") }
        if !network.resolverFile.contains("nameserver ") {
            notes.append(
                "warning: the host's /etc/resolv.conf names no server that can be asked: no name is found inside"
            )
        }
        return notes
    }

    private static func carrier(_ spec: JobSpec, _ host: NetworkFacts) throws(PlanError) -> UserModeNetwork.Carrier {
        if let pasta = host.pasta { return .pasta(pasta) }
        guard let slirp = host.slirp4netns else {
            let message = "--network private: neither pasta nor slirp4netns is in /usr/bin or /usr/local/bin"
            throw PlanError(.impossible, message, hint: install)
        }
        if let port = spec.ports.first {
            throw PlanError(
                .impossible,
                "--publish \(port): slirp4netns alone cannot, and pasta is missing",
                hint: install
            )
        }
        return .slirp4netns(slirp)
    }

    private static func checkTunnel(_ facts: HostFacts, _ host: NetworkFacts) throws(PlanError) {
        guard host.hasTunnel else {
            let message = "--network private: there is no /dev/net/tun"
            throw PlanError(.impossible, message, hint: "as root: modprobe tun")
        }
        guard host.mayOpenTunnel || facts.caller.privileged else {
            let message = "--network private: /dev/net/tun cannot be opened by this user"
            throw PlanError(.impossible, message, hint: "as root: chmod 666 /dev/net/tun, as it is on most hosts")
        }
    }

    /// What carries the network has no rights on the host, whoever starts it: it could lose them to a job.
    private static func checkRights(_ ports: [PublishedPort], _ host: NetworkFacts) throws(PlanError) {
        let first = host.firstUnprivilegedPort
        guard let port = ports.first(where: { $0.hostPort != 0 && $0.hostPort < first }) else { return }
        throw PlanError(
            .impossible,
            "--publish \(port): ports below \(first) of the host need rights that a private network never has",
            hint: "take one from \(first) on, or as root: sysctl net.ipv4.ip_unprivileged_port_start=\(port.hostPort)"
        )
    }

    /// The first of some little-used networks that the host does not know itself, so that it hides nothing of it.
    private static func freeNetwork(_ known: [Network4]) -> (UInt8, UInt8, UInt8) {
        let candidates: [(UInt8, UInt8, UInt8)] = [(10, 0, 2), (10, 197, 43), (172, 29, 191), (192, 168, 231)]
        let free = candidates.first { candidate in
            let first = UInt32(candidate.0) << 24 | UInt32(candidate.1) << 16 | UInt32(candidate.2) << 8
            // A default route is a network, too, and everything is in it.
            return !known.contains { $0.mask != 0 && $0.overlaps(Network4(first: first, mask: 0xffff_ff00)) }
        }
        return free ?? candidates[0]
    }

    /// A unique local address (RFC 4193) that spells `isorun`; the gateway is a link-local one, as a router's is.
    private static var version6: UserModeNetwork.Interface? {
        guard let address = IPAddress(parsing: "fd69:736f:7275:6e::100"), let gateway = IPAddress(parsing: "fe80::1")
        else {
            return nil
        }
        return .init(address: address, prefix: 64, gateway: gateway)
    }

    /// The servers that can be asked from inside: a host's own resolver, on its loopback, through an address made for it.
    private static func nameservers(
        _ resolver: ResolverFacts,
        _ plan: inout UserModeNetwork,
        forwarding address: IPAddress
    ) -> [IPAddress] {
        if let first = resolver.nameservers.first, first.isLoopback, !first.isVersion6 || plan.version6 == nil {
            // slirp4netns always forwards what is sent to this address.
            if case .pasta = plan.carrier { plan.forwardedResolver = address }
            return [address]
        }
        return resolver.nameservers.filter { server in
            !server.isLoopback && !server.isLinkLocal && !server.isAny && (plan.version6 != nil || !server.isVersion6)
        }
    }

    private static func resolverFile(_ nameservers: [IPAddress], _ resolver: ResolverFacts) -> String {
        let lines =
            ["# Made by isorun for this container."] + nameservers.map { "nameserver \($0)" } + resolver.settings
        return lines.joined(separator: "\n") + "\n"
    }
}
