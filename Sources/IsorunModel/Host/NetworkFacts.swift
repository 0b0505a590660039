public import SystemPackage

/// What this host has for user-mode networking; looked at only where a job asks for it.
public struct NetworkFacts: Hashable, Sendable {
    /// pasta(1), of the package passt.
    public var pasta: FilePath?
    /// slirp4netns(1), where pasta is missing.
    public var slirp4netns: FilePath?
    /// Whether `/dev/net/tun` is there.
    public var hasTunnel = true
    /// Whether the caller may open it; a privileged keeper gives its network a node of its own.
    public var mayOpenTunnel = true
    /// Whether packets of IPv4 have a way out.
    public var hasDefaultRoute4 = true
    /// Whether packets of IPv6 have a way out.
    public var hasDefaultRoute6 = false
    /// Networks of IPv4 that the host itself has a route to.
    public var networks4: [Network4] = []
    /// What `/etc/resolv.conf` says.
    public var resolver = ResolverFacts()
    /// The least port that those without rights may bind (`net.ipv4.ip_unprivileged_port_start`).
    public var firstUnprivilegedPort: UInt16 = 1024

    /// Makes facts that say little.
    public init() {}
}

/// A network of IPv4.
public struct Network4: Hashable, Sendable {
    /// The first address, as a number.
    public var first: UInt32
    /// The bits that all addresses have in common, as a mask.
    public var mask: UInt32

    /// Makes a network.
    public init(first: UInt32, mask: UInt32) {
        self.first = first & mask
        self.mask = mask
    }

    /// Whether an address is in both.
    public func overlaps(_ other: Network4) -> Bool {
        let common = mask & other.mask
        return first & common == other.first & common
    }
}

/// How names are looked up: resolv.conf(5).
public struct ResolverFacts: Hashable, Sendable {
    /// Who is asked, in order; what is no plain address is left out.
    public var nameservers: [IPAddress] = []
    /// The lines `search`, `domain` and `options`, as they stand there.
    public var settings: [String] = []

    /// Makes facts that say nothing.
    public init() {}

    /// Reads the text of a resolv.conf.
    public init(parsing text: String) {
        for line in text.split(whereSeparator: \.isNewline) {
            let words = line.split { $0 == " " || $0 == "\t" }
            guard words.count > 1 else { continue }
            switch words[0] {
            case "nameserver":
                if let address = IPAddress(parsing: words[1]) { nameservers.append(address) }
            case "search", "domain", "options": settings.append(words.joined(separator: " "))
            default: break
            }
        }
    }
}
