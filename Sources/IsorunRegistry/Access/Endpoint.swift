internal import IsorunModel

/// Where a registry answers.
package struct Endpoint: Hashable, Sendable {
    /// `https` or `http`.
    package var scheme: String
    /// The host, with a port where one is given.
    package var authority: String

    package init(scheme: String, authority: String) {
        self.scheme = scheme
        self.authority = authority
    }

    /// That of a registry by the name that images have it in.
    package init(registry: String, scheme: String = "https") {
        self.init(scheme: scheme, authority: registry == "docker.io" ? "registry-1.docker.io" : registry)
    }

    package var text: String { "\(scheme)://\(authority)" }

    /// Whether nobody but this machine answers there.
    package var isLoopback: Bool { Self.isLoopback(authority) }

    static func isLoopback(_ authority: String) -> Bool {
        let host = host(of: authority)
        return host == "localhost" || IPAddress(parsing: host)?.isLoopback ?? false
    }

    /// The host of an authority, without its port and the brackets of an IPv6 address.
    static func host(of authority: String) -> String {
        guard authority.hasPrefix("[") else { return String(authority.prefix { $0 != ":" }) }
        return String(authority.dropFirst().prefix { $0 != "]" })
    }
}

/// The parts of an absolute URL that decide who gets to see what.
struct Location: Hashable {
    var scheme: String
    var authority: String
    /// The path and what follows it.
    var rest: String

    init?(_ text: String) {
        guard let colon = text.firstIndex(of: ":"), text[colon...].hasPrefix("://") else { return nil }
        scheme = text[..<colon].lowercased()
        let behind = text[text.index(colon, offsetBy: 3)...]
        let end = behind.firstIndex { "/?#".contains($0) } ?? behind.endIndex
        authority = behind[..<end].lowercased()
        rest = String(behind[end...])
        // A name and a password in a URL are somebody's credentials for somebody else.
        guard !authority.isEmpty, !authority.contains("@"), scheme == "https" || scheme == "http" else { return nil }
    }

    /// Where a `Location` header leads from here: RFC 9110, 10.2.2.
    func following(_ header: String) -> Location? {
        if header.hasPrefix("//") { return Location("\(scheme):\(header)") }
        if header.hasPrefix("/") { return Location("\(scheme)://\(authority)\(header)") }
        return Location(header)
    }

    var text: String { "\(scheme)://\(authority)\(rest)" }

    /// The host alone: a name, or an address.
    var host: String { Endpoint.host(of: authority) }

    /// Whether credentials for one are for the other.
    func isSameOrigin(as other: Location) -> Bool { scheme == other.scheme && authority == other.authority }
}
