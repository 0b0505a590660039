internal import AsyncHTTPClient
internal import IsorunImages
internal import IsorunImageStore
internal import IsorunModel
internal import IsorunReporting
internal import NIOCore
internal import NIOHTTP1
internal import IsorunSystem
internal import NIOSSL
internal import Synchronization
internal import SystemPackage

/// A registry, asked over HTTP: the distribution specification's `pull` part, and docker's tokens.
///
/// Redirects are followed here and not by the HTTP client: an `Authorization` header is for the place that it was made
/// for, and goes with no redirect to another (CVE-2022-1996 and its kind).
package final class RegistryClient: Sendable {
    /// What is asked for more than once before it is given up.
    package struct Patience: Sendable {
        package var tries = 5
        package var firstPause = Duration.milliseconds(500)

        package init() {}
    }

    private let registry: String
    private let credential: Credential?
    private let allowsPlain: Bool
    let patience: Patience
    private let proxies: ProxySettings
    private let clients = Mutex<[String: HTTPClient]>([:])
    private let state = Mutex(State())

    private struct State {
        var endpoint: Endpoint?
        /// `Authorization` headers by what they are good for.
        var authorizations: [String: String] = [:]
    }

    /// An answer whose body is still to be read.
    struct Answer {
        var status: UInt
        var headers: HTTPHeaders
        var body: HTTPClientResponse.Body
    }

    package init(
        registry: String,
        credential: Credential?,
        allowsPlain: Bool,
        patience: Patience = Patience()
    ) {
        self.registry = registry
        self.credential = credential
        self.allowsPlain = allowsPlain
        self.patience = patience
        proxies = ProxySettings()
    }

    /// Lets go of all connections.
    package func close() async {
        let all = clients.withLock { clients in
            defer { clients = [:] }
            return Array(clients.values)
        }
        for client in all { try? await client.shutdown() }
    }

    // MARK: Asking

    /// Asks for a path of the registry, with whatever it wants to be shown.
    func get(_ path: String, scope: String, headers: [(String, String)] = []) async throws -> Answer {
        let endpoint = try await endpoint()
        guard let location = Location(endpoint.text + path) else { throw ImageError(.failed, "\(path) is no path") }
        for attempt in 0..<2 {
            let authorization = state.withLock { $0.authorizations[scope] }
            let answer = try await follow(location, headers, authorization: authorization)
            guard answer.status == 401, attempt == 0 else { return answer }
            let challenges = answer.headers["www-authenticate"].compactMap { Challenge($0) }
            try await discard(answer)
            guard let fresh = try await authorize(challenges, scope: scope) else { return answer }
            state.withLock { $0.authorizations[scope] = fresh }
        }
        throw ImageError(.failed, "\(registry) does not accept the token that it gave")
    }

    /// Reads a body that should be small.
    func read(_ answer: Answer, most: Int) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        for try await part in answer.body {
            bytes += part.readableBytesView
            guard bytes.count <= most else {
                throw ImageError(.refused, "\(registry): an answer of more than \(most) bytes")
            }
        }
        return bytes
    }

    private func discard(_ answer: Answer) async throws {
        _ = try? await read(answer, most: 1 << 20)
    }

    /// Where the registry answers: by HTTPS, or without where that is allowed and nothing else is spoken there.
    private func endpoint() async throws -> Endpoint {
        if let known = state.withLock({ $0.endpoint }) { return known }
        let secure = Endpoint(registry: registry)
        var found = secure
        let plain = Endpoint(registry: registry, scheme: "http")
        if secure.isLoopback {
            // Who speaks HTTPS alone says so with 400, or says nothing; who speaks none may wait long for a handshake.
            do {
                let answer = try await send(plain.text + "/v2/", [])
                try await discard(answer)
                if answer.status != 400 { found = plain }
            } catch {
                found = secure
            }
        } else if allowsPlain {
            do {
                try await discard(send(secure.text + "/v2/", []))
            } catch let failure as TransportFailure where failure.isDistrust {
                throw failure
            } catch {
                found = plain
            }
        }
        let endpoint = found
        state.withLock { $0.endpoint = endpoint }
        return endpoint
    }

    private func follow(
        _ start: Location,
        _ headers: [(String, String)],
        authorization: String?
    ) async throws -> Answer {
        var location = start
        for _ in 0..<6 {
            // Only the place that it was made for sees it.
            let isAtHome = location.isSameOrigin(as: start)
            let own = isAtHome ? authorization.map { [("Authorization", $0)] } ?? [] : []
            let answer = try await send(location.text, headers + own)
            guard [301, 302, 303, 307, 308].contains(answer.status) else { return answer }
            guard let header = answer.headers.first(name: "location"), let next = location.following(header) else {
                throw ImageError(.refused, "\(registry): it redirects to nowhere")
            }
            guard next.scheme == "https" || location.scheme == "http" && isPlainAllowed(next) else {
                throw ImageError(.refused, "\(registry): it redirects from HTTPS to plain HTTP, at \(next.authority)")
            }
            try await discard(answer)
            location = next
        }
        throw ImageError(.refused, "\(registry): it redirects in circles")
    }

    private func isPlainAllowed(_ location: Location) -> Bool {
        allowsPlain || Endpoint.isLoopback(location.authority)
    }

    private func send(_ url: String, _ headers: [(String, String)]) async throws -> Answer {
        guard let location = Location(url) else { throw ImageError(.failed, "\(url) is no URL") }
        var request = HTTPClientRequest(url: url)
        request.headers.add(name: "User-Agent", value: "isorun")
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        let response = try await execute(request, at: location, timeout: .hours(6))
        return Answer(status: response.status.code, headers: response.headers, body: response.body)
    }

    private func execute(
        _ request: HTTPClientRequest,
        at location: Location,
        timeout: TimeAmount
    ) async throws -> HTTPClientResponse {
        let client = try client(for: location)
        do {
            return try await client.execute(request, timeout: timeout)
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            let proxy = proxies.proxy(for: location).map(ProxySettings.withoutCredentials)
            throw TransportFailure(error, at: location.authority, by: proxy)
        }
    }

    private func client(for location: Location) throws -> HTTPClient {
        let proxy = proxies.proxy(for: location)
        let key = "\(location.scheme) \(location.authority) \(proxy ?? "")"
        if let known = clients.withLock({ $0[key] }) { return known }
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.timeout = .init(connect: .seconds(20), read: .seconds(60))
        // What is tried again, and when, is decided here.
        configuration.connectionPool.retryConnectionEstablishment = false
        configuration.decompression = .disabled
        configuration.httpVersion = .http1Only
        if let proxy {
            guard let parsed = ProxySettings.parse(proxy) else {
                let shown = ProxySettings.withoutCredentials(proxy)
                throw ImageError(.usage, "the proxy \(shown) is not understood", hint: "for example: http://host:3128")
            }
            // The certificate would be looked at for the address of the proxy.
            guard location.scheme == "http" || IPAddress(parsing: location.host) == nil else {
                throw ImageError(
                    .failed,
                    "\(location.authority): HTTPS to an address goes through no proxy",
                    hint: "take its name, or except it with no_proxy"
                )
            }
            configuration.proxy = parsed
        }
        configuration.tlsConfiguration = try RegistryCertificates.configuration(for: location.authority)
        let host = location.host
        if location.scheme == "https", IPAddress(parsing: host) == nil {
            configuration.http1_1ConnectionDebugInitializer = { CertificateNames.require(host, on: $0) }
        }
        let made = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        let kept = clients.withLock { clients in
            if let first = clients[key] { return first }
            clients[key] = made
            return made
        }
        if kept !== made { Task { try? await made.shutdown() } }
        return kept
    }

    // MARK: Credentials

    /// Does what a challenge asks for: the header to show; nil where nothing can be shown.
    private func authorize(_ challenges: [Challenge], scope: String) async throws -> String? {
        if let bearer = challenges.first(where: { $0.scheme == "bearer" }) {
            return "Bearer " + (try await token(bearer, scope: scope))
        }
        guard challenges.contains(where: { $0.scheme == "basic" }) else { return nil }
        return credential?.basic
    }

    private func token(_ challenge: Challenge, scope: String) async throws -> String {
        guard let realm = challenge.parameters["realm"], let place = Location(realm) else {
            throw ImageError(.refused, "\(registry): it names no place to get a token from")
        }
        guard place.scheme == "https" || isPlainAllowed(place) else {
            throw ImageError(.refused, "\(registry): tokens come by plain HTTP from \(place.authority)")
        }
        let service = challenge.parameters["service"]
        let wanted = challenge.parameters["scope"] ?? scope
        var request: HTTPClientRequest
        if case .identityToken(let refresh) = credential {
            request = HTTPClientRequest(url: realm)
            request.method = .POST
            request.headers.add(name: "Content-Type", value: "application/x-www-form-urlencoded")
            var fields = [("grant_type", "refresh_token"), ("refresh_token", refresh), ("client_id", "isorun")]
            if let service { fields.append(("service", service)) }
            if !wanted.isEmpty { fields.append(("scope", wanted)) }
            request.body = .bytes(Array(Self.query(fields).utf8))
        } else {
            var fields: [(String, String)] = []
            if let service { fields.append(("service", service)) }
            if !wanted.isEmpty { fields.append(("scope", wanted)) }
            let mark = realm.contains("?") ? "&" : "?"
            request = HTTPClientRequest(url: fields.isEmpty ? realm : realm + mark + Self.query(fields))
            if let basic = credential?.basic { request.headers.add(name: "Authorization", value: basic) }
        }
        request.headers.add(name: "User-Agent", value: "isorun")
        let response = try await execute(request, at: place, timeout: .seconds(60))
        let answer = Answer(status: response.status.code, headers: response.headers, body: response.body)
        let bytes = try await read(answer, most: 1 << 20)
        guard answer.status == 200 else {
            guard answer.status == 401 || answer.status == 403 else {
                throw ImageError(.failed, "\(place.authority) gives no token: HTTP \(answer.status)")
            }
            throw denied
        }
        let json = try? JSON(parsing: bytes)
        guard let token = json?["token"]?.string ?? json?["access_token"]?.string, !token.isEmpty else {
            throw ImageError(.refused, "\(place.authority) gives an answer without a token")
        }
        return token
    }

    private static func query(_ fields: [(String, String)]) -> String {
        fields.map { "\($0.0)=\(escaped($0.1))" }.joined(separator: "&")
    }

    private static func escaped(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF")
        return text.utf8.reduce(into: "") { result, byte in
            let scalar = Unicode.Scalar(byte)
            let isPlain = scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
            if isPlain || "-._~".utf8.contains(byte) {
                result.unicodeScalars.append(scalar)
            } else {
                result += "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
            }
        }
    }

    /// Sees whether the registry takes these credentials.
    package func checkLogin() async throws {
        let answer: Answer
        do {
            answer = try await get("/v2/", scope: "")
            try await discard(answer)
        } catch {
            throw unreachable(error)
        }
        guard answer.status == 200 else {
            throw answer.status == 401 || answer.status == 403
                ? denied : ImageError(.failed, "\(registry) answers with HTTP \(answer.status)")
        }
    }

    // MARK: Errors

    var denied: ImageError {
        credential == nil
            ? ImageError(.failed, "\(registry) wants to know who you are", hint: "isorun login \(registry)")
            : ImageError(.failed, "\(registry) does not take these credentials", hint: "isorun login \(registry)")
    }

    func unreachable(_ error: any Error) -> ImageError {
        (error as? ImageError) ?? TransportFailure(error, at: registry).imageError
    }
}
