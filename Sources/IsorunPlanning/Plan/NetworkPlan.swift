public import IsorunModel
public import SystemPackage

/// The network that the container sees.
public struct NetworkPlan: Hashable, Sendable {
    /// Which kind.
    public var mode: NetworkMode
    /// What carries a private one.
    public var userMode: UserModeNetwork?
    /// Whose it is, where it is another container's.
    public var peer: NetworkPeer?
    /// What stands in `/etc/resolv.conf` inside, where isorun makes it.
    public var resolverFile: String?

    /// Makes a plan.
    public init(
        _ mode: NetworkMode,
        userMode: UserModeNetwork? = nil,
        peer: NetworkPeer? = nil,
        resolverFile: String? = nil
    ) {
        self.mode = mode
        self.userMode = userMode
        self.peer = peer
        self.resolverFile = resolverFile
    }
}

/// A network that a process of the host without rights carries, packet by packet.
public struct UserModeNetwork: Hashable, Sendable {
    /// An address of the container's and the way out.
    public struct Interface: Hashable, Sendable {
        /// The container's own.
        public var address: IPAddress
        /// How many of its bits name the network.
        public var prefix: Int
        /// The way out; with `hostLoopback`, the host's own loopback.
        public var gateway: IPAddress
    }
    /// What carries it.
    public enum Carrier: Hashable, Sendable {
        /// pasta(1).
        case pasta(FilePath)
        /// slirp4netns(1), which has no IPv6 here and publishes nothing.
        case slirp4netns(FilePath)

        /// The program.
        public var program: FilePath {
            switch self {
            case .pasta(let path), .slirp4netns(let path): path
            }
        }
    }
    /// What carries it.
    public var carrier: Carrier
    /// IPv4.
    public var version4: Interface
    /// IPv6; nil where the host has no way out for it.
    public var version6: Interface?
    /// Whether the host has no way out at all.
    public var isOffline: Bool
    /// Whether the gateway is the host's own loopback.
    public var hostLoopback: Bool
    /// The address whose port 53 is the host's own resolver; nil where resolvers are asked directly.
    public var forwardedResolver: IPAddress?
    /// Ports of the host that lead inside.
    public var ports: [PublishedPort]
    /// What stands in `/etc/resolv.conf` inside.
    public var resolverFile: String

    /// The name of the interface inside.
    public static let interfaceName = "eth0"

    /// The carrier's arguments, its name first; it finds the network namespace as descriptor 0, says on 1 that it is
    /// ready, and complains on 2.
    ///
    /// - Parameter ports: the published ports, with a free one in place of each 0.
    /// - Returns: the words to start it with.
    public func arguments(publishing ports: [PublishedPort]) -> [String] {
        switch carrier {
        case .pasta: pastaArguments(ports)
        case .slirp4netns: slirpArguments
        }
    }

    private func pastaArguments(_ ports: [PublishedPort]) -> [String] {
        var words = ["pasta", "--foreground", "--quiet", "--stderr"]
        words += ["--netns-only", "--netns", "/proc/self/fd/0", "--no-netns-quit", "--pid", "/proc/self/fd/1"]
        words += ["--config-net", "--ns-ifname", Self.interfaceName]
        words += ["--address", "\(version4.address)", "--netmask", "\(version4.prefix)"]
        words += ["--gateway", "\(version4.gateway)"]
        if let version6 {
            words += ["--address", "\(version6.address)", "--gateway", "\(version6.gateway)"]
        } else {
            words.append("--ipv4-only")
        }
        // Without a way out it still wants an interface, and one with a MAC address; loopback has none.
        if isOffline { words += ["--interface", "lo", "--mac-addr", "9a:55:9a:55:9a:55"] }
        // It configures the interface itself: nobody inside asks for an address.
        words += ["--no-dhcp", "--no-dhcpv6", "--no-ra"]
        if !hostLoopback { words.append("--no-map-gw") }
        if let forwardedResolver { words += ["--dns-forward", "\(forwardedResolver)"] }
        // From inside to the host's loopback: nothing. By default it would carry every port that the host listens on.
        words += ["--tcp-ns", "none", "--udp-ns", "none"]
        for (option, transport) in [("--tcp-ports", PublishedPort.Transport.tcp), ("--udp-ports", .udp)] {
            let published = ports.filter { $0.transport == transport }
            // One option a port: of a list it would accept that some are busy.
            for port in published { words += [option, "\(port.address)/\(port.hostPort):\(port.containerPort)"] }
            if published.isEmpty { words += [option, "none"] }
        }
        return words
    }

    private var slirpArguments: [String] {
        let network = version4.gateway.bytes.dropLast().map { "\($0)" }.joined(separator: ".") + ".0"
        var words = ["slirp4netns", "--configure", "--mtu=65520", "--cidr=\(network)/\(version4.prefix)"]
        words += ["--ready-fd=1", "--netns-type=path"]
        if !hostLoopback { words.append("--disable-host-loopback") }
        return words + ["/proc/self/fd/0", Self.interfaceName]
    }
}
