/// The network that a container sees.
public enum NetworkMode: String, Hashable, Sendable, CaseIterable, Codable {
    /// Loopback only.
    case none
    /// The host's own network namespace.
    case host
    /// User-mode networking with an address of its own.
    case `private`
    /// That of another container.
    case container
}

/// A container whose network another one shares.
public enum NetworkPeer: Hashable, Sendable {
    /// One that lives on, by its name, its id or the beginning of one (`--network container:NAME`).
    case container(String)
    /// One of this process's own, by its network namespace, the user namespace that has to be entered before (nil for
    /// root), and what stands in its `/etc/resolv.conf` where isorun has made that.
    case namespaces(network: Int32, owner: Int32?, resolverFile: String?)
}

/// A port of the host that leads to one of the container (`-p`).
public struct PublishedPort: Hashable, Sendable {
    /// What is carried.
    public enum Transport: String, Hashable, Sendable, CaseIterable {
        case tcp, udp
    }
    /// The address of the host that it is bound to.
    public var address: IPAddress
    /// The port of the host; 0 is any that is free.
    public var hostPort: UInt16
    /// The port inside.
    public var containerPort: UInt16
    /// What is carried.
    public var transport: Transport

    /// The address that is bound where none is named: only this machine reaches it.
    public static let defaultAddress = IPAddress(127, 0, 0, 1)

    /// Makes a published port.
    public init(
        _ hostPort: UInt16,
        to containerPort: UInt16,
        _ transport: Transport = .tcp,
        at address: IPAddress = Self.defaultAddress
    ) {
        self.address = address
        self.hostPort = hostPort
        self.containerPort = containerPort
        self.transport = transport
    }
}

extension PublishedPort: CustomStringConvertible {
    /// The host's side and then the container's: `127.0.0.1:8080 to 80/tcp`.
    public var description: String { "\(hostSide) to \(containerPort)/\(transport)" }

    /// The host's side alone: `127.0.0.1:8080`, `[::1]:8080`.
    public var hostSide: String {
        let port = hostPort == 0 ? "any" : "\(hostPort)"
        return address.isVersion6 ? "[\(address)]:\(port)" : "\(address):\(port)"
    }
}
