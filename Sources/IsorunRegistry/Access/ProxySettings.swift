internal import AsyncHTTPClient
internal import Glibc
internal import IsorunModel
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
        let isExcepted = exceptions.contains { Self.matches($0, location) }
        return isExcepted ? nil : location.scheme == "https" ? https : http
    }

    /// A name is that of a host and of all below it; an address may be one of a network, `10.0.0.0/8`.
    private static func matches(_ exception: String, _ location: Location) -> Bool {
        let host = location.host
        if exception == "*" || exception == host || exception == location.authority { return true }
        if let address = IPAddress(parsing: host) {
            let parts = exception.split(separator: "/", omittingEmptySubsequences: false)
            guard let network = IPAddress(parsing: parts[0].filter { $0 != "[" && $0 != "]" }) else { return false }
            let all = network.bytes.count * 8
            guard network.bytes.count == address.bytes.count, parts.count <= 2,
                let bits = parts.count == 2 ? Int(parts[1]) : all, 0...all ~= bits
            else { return false }
            return (0..<bits).allSatisfy { bit in
                (network.bytes[bit / 8] ^ address.bytes[bit / 8]) & (0x80 >> UInt8(bit % 8)) == 0
            }
        }
        let suffix = exception.drop { $0 == "." || $0 == "*" }
        return !suffix.isEmpty && (host == suffix || host.hasSuffix(".\(suffix)"))
    }

    /// A proxy as it may be shown.
    static func withoutCredentials(_ text: String) -> String {
        guard let at = text.lastIndex(of: "@") else { return text }
        let scheme = text.firstRange(of: "://").map { text[..<$0.upperBound] } ?? ""
        return String(scheme + text[text.index(after: at)...])
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
            authorization = .basic(credentials: Base64.encode(unescaped(rest[..<at])))
            rest = rest[rest.index(after: at)...]
        }
        let host = Endpoint.host(of: String(rest))
        guard !host.isEmpty else { return nil }
        let behind = rest.hasPrefix("[") ? rest.dropFirst(host.count + 2) : rest.dropFirst(host.count)
        let port = behind.isEmpty ? 80 : behind.hasPrefix(":") ? Int(behind.dropFirst()) : nil
        guard let port, 1...65535 ~= port else { return nil }
        return .server(host: host, port: port, authorization: authorization)
    }

    /// What a name and a password in a URL mean: `%40` is `@`.
    private static func unescaped(_ text: Substring) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            let digits = String(decoding: rest.prefix(2), as: UTF8.self)
            if byte == UInt8(ascii: "%"), rest.count >= 2, let value = UInt8(digits, radix: 16) {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return bytes
    }
}
