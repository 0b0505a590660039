internal import NIOCore
internal import NIOSSL

/// The names that a server's certificate is for.
///
/// NIOSSL takes a certificate, too, that is for the address which a name led to: who answers in a name server's place
/// could lead a registry's name to an address of his own, for which he has a certificate. Here a name is one that the
/// certificate has (RFC 6125, 6.4).
enum CertificateNames {
    /// Refuses a connection whose certificate is not for a name.
    static func require(_ name: String, on channel: any Channel) -> EventLoopFuture<Void> {
        channel.nioSSL_peerCertificate().flatMapThrowing { certificate in
            if let certificate, isFor(name, certificate) { return }
            channel.close(promise: nil)
            throw NIOSSLExtraError.failedToValidateHostname
        }
    }

    private static func isFor(_ name: String, _ certificate: NIOSSLCertificate) -> Bool {
        let all = certificate._subjectAlternativeNames()
        // Where it has none the library has compared the common name.
        return all.isEmpty
            || all.contains { $0.nameType == .dnsName && matches(String(decoding: $0.contents, as: UTF8.self), name) }
    }

    /// Whether a certificate's name is a host's: the whole one, or with `*` as its first part.
    static func matches(_ pattern: String, _ host: String) -> Bool {
        func parts(_ text: String) -> [Substring] {
            var parts = text.lowercased().split(separator: ".", omittingEmptySubsequences: false)
            // A dot at the end only says that the name is whole.
            if parts.last == "" { parts.removeLast() }
            return parts
        }
        let wanted = parts(pattern)
        let found = parts(host)
        guard wanted.count == found.count, !found.isEmpty, found.allSatisfy({ !$0.isEmpty }) else { return false }
        return wanted.dropFirst() == found.dropFirst()
            && (wanted[0] == found[0] || wanted[0] == "*" && wanted.count > 1)
    }
}
