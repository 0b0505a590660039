internal import AsyncHTTPClient
internal import Glibc
internal import IsorunReporting

/// Which requests go through a proxy: HTTPS_PROXY, HTTP_PROXY and NO_PROXY, in capitals or not, as curl reads them.
struct ProxySettings: Hashable {
    var https: String?
    var http: String?
    var exceptions: [String] = []

    init(https: String?, http: String?, exceptions: [String]) {
        self.https = https
        self.http = http
        self.exceptions = exceptions
    }

    /// Those of the environment.
    init() {
        func variable(_ names: String...) -> String? {
            for name in names {
                if let value = unsafe getenv(name).map({ unsafe String(cString: $0) }), !value.isEmpty { return value }
            }
            return nil
        }
        https = variable("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
        // HTTP_PROXY in capitals could come from a header of a CGI request; nobody runs this as one.
        http = variable("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY")
        exceptions = (variable("no_proxy", "NO_PROXY") ?? "").split(separator: ",").map {
            $0.filter { $0 != " " }.lowercased()
        }
    }

    /// The proxy for a place; nil where it is asked directly, as all of this machine is.
    func proxy(for location: Location) -> String? {
        guard !Endpoint.isLoopback(location.authority) else { return nil }
        let host = String(location.authority.prefix { $0 != ":" })
        for exception in exceptions {
            if exception == "*" || exception == host || exception == location.authority { return nil }
            let suffix = exception.drop { $0 == "." || $0 == "*" }
            if !suffix.isEmpty, host.hasSuffix(".\(suffix)") { return nil }
        }
        return location.scheme == "https" ? https : http
    }

    /// A proxy as the client takes it; nil for what is none.
    static func parse(_ text: String) -> HTTPClient.Configuration.Proxy? {
        var rest = text[...]
        if let scheme = rest.firstIndex(of: ":"), rest[scheme...].hasPrefix("://") {
            guard rest[..<scheme] == "http" else { return nil }
            rest = rest[rest.index(scheme, offsetBy: 3)...]
        }
        rest = rest.prefix { $0 != "/" }
        var authorization: HTTPClient.Authorization?
        if let at = rest.lastIndex(of: "@") {
            authorization = .basic(credentials: Base64.encode(Array(rest[..<at].utf8)))
            rest = rest[rest.index(after: at)...]
        }
        let parts = rest.split(separator: ":", omittingEmptySubsequences: false)
        guard 1...2 ~= parts.count, !parts[0].isEmpty else { return nil }
        let port = parts.count == 2 ? Int(parts[1]) : 80
        guard let port, 1...65535 ~= port else { return nil }
        return .server(host: String(parts[0]), port: port, authorization: authorization)
    }
}
