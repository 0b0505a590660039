internal import AsyncHTTPClient
internal import Glibc
internal import IsorunImages
internal import IsorunSystem
internal import NIOCore
internal import NIOPosix
internal import NIOSSL
internal import SystemPackage

/// Why a server was not reached, or not believed, in words for a person.
///
/// What NIO and BoringSSL say is made for who debugs them: it names lines of their sources, and no way out.
struct TransportFailure: Error, CustomStringConvertible {
    /// What was asked: a host, with a port where one was given.
    private(set) var authority: String
    private(set) var words: String
    private(set) var hint: String?
    /// Whether it will be the same however often it is tried.
    private(set) var isLasting = false
    /// Whether somebody answers there who is not known for whom was asked.
    private(set) var isDistrust = false

    var description: String { words }

    var imageError: ImageError { ImageError(.failed, "\(authority) cannot be reached: \(words)", hint: hint) }

    /// - Parameters:
    ///   - error: what the client threw.
    ///   - authority: what was asked.
    ///   - proxy: the proxy on the way there, without credentials.
    init(_ error: any Error, at authority: String, by proxy: String? = nil) {
        self.authority = authority
        let way = proxy.map { "the proxy \($0): " } ?? ""
        words = "\(error)"
        switch error {
        case let error as TransportFailure: self = error
        case let error as IOError: words = way + Errno(rawValue: error.errnoCode).text
        case let error as NIOConnectionError:
            let first = error.connectionErrors.first?.error as? IOError
            words = way + (first.map { Errno(rawValue: $0.errnoCode).text } ?? "no address is known for \(error.host)")
            // getaddrinfo(3): a name that does not exist, unlike a server that did not answer.
            let unknown = error.dnsAError as? SocketAddressError.UnknownHost
            isLasting = first == nil && unknown?.errorCode == Int(EAI_NONAME)
        case let error as NIOSSLExtraError where error == .failedToValidateHostname:
            words = "its certificate is for another name"
            isLasting = true
            isDistrust = true
        case NIOSSLError.uncleanShutdown: words = "the connection was closed"
        case is NIOSSLError, is BoringSSLError: tellHandshake("\(error)")
        case let error as HTTPClientError: tell(error, way)
        default: break
        }
    }

    private mutating func tell(_ error: HTTPClientError, _ way: String) {
        switch error {
        case .connectTimeout: words = way + Errno.timedOut.text
        case .httpProxyHandshakeTimeout: words = way + "no answer"
        case .tlsHandshakeTimeout, .readTimeout: words = "no answer"
        case .remoteConnectionClosed: words = "the connection was closed"
        case .invalidProxyResponse: words = way + "it does not connect to there"
        case .proxyAuthenticationRequired:
            words = way + "it wants to know who you are"
            hint = "the variable that names the proxy may name you: http://USER:PASSWORD@HOST:PORT"
            isLasting = true
        default: break
        }
    }

    private mutating func tellHandshake(_ text: String) {
        // `… SSL routines:OPENSSL_internal:REASON at FILE:LINE …`
        let mark = "OPENSSL_internal:"
        guard let found = text.firstRange(of: mark) else {
            words = "the connection was closed during the TLS handshake"
            return
        }
        isLasting = true
        switch text[found.upperBound...].prefix(while: { $0 != " " && $0 != "]" }) {
        case "CERTIFICATE_VERIFY_FAILED":
            isDistrust = true
            words = "its certificate is not from an authority that is trusted here, or is out of date"
            hint = """
                to trust one: its certificate in /etc/docker/certs.d/\(authority)/ca.crt, or SSL_CERT_FILE, which names \
                a file of all that are trusted
                """
        case "WRONG_VERSION_NUMBER", "HTTP_REQUEST":
            words = "it does not speak HTTPS"
            hint = "--plain-http goes without, where nobody on the way there can listen in"
        case let reason: words = "no TLS can be spoken with it: \(reason)"
        }
    }
}
