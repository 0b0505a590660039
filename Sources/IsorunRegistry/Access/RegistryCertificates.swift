internal import Glibc
internal import IsorunImages
internal import IsorunSystem
internal import NIOSSL
internal import SystemPackage

/// Authorities that certificates of registries may be from: the system's, or those of the file that `SSL_CERT_FILE`
/// names, as with OpenSSL and Go; and beside them those of one registry, `certs.d/HOST[:PORT]/*.crt`, as docker has them.
enum RegistryCertificates {
    static func configuration(for authority: String) throws(ImageError) -> TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        if let file = variable("SSL_CERT_FILE") {
            configuration.trustRoots = .certificates(try certificates(file, from: "SSL_CERT_FILE: "))
        }
        for folder in folders {
            let own = folder.appending(authority)
            guard let directory = try? HeldDirectory(host: own), let names = try? directory.names() else { continue }
            for name in names.sorted() where name.hasSuffix(".crt") {
                configuration.additionalTrustRoots.append(.certificates(try certificates(own.appending(name))))
            }
        }
        return configuration
    }

    /// The host's, and that of docker without root.
    private static var folders: [FilePath] {
        let config = variable("XDG_CONFIG_HOME") ?? variable("HOME").map { $0.appending(".config") }
        return ["/etc/docker/certs.d"] + (config.map { [$0.appending("docker/certs.d")] } ?? [])
    }

    private static func variable(_ name: String) -> FilePath? {
        unsafe getenv(name).map { unsafe FilePath(platformString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }

    private static func certificates(
        _ path: FilePath,
        from place: String = ""
    ) throws(ImageError) -> [NIOSSLCertificate] {
        // The library does not say what it could not do.
        let bytes: [UInt8]
        do throws(SystemError) {
            bytes = try SmallFile.read(path, limit: 16 << 20)
        } catch {
            throw ImageError(.failed, "\(place)\(error)")
        }
        guard let found = try? NIOSSLCertificate.fromPEMBytes(bytes), !found.isEmpty else {
            throw ImageError(.failed, "\(place)\(path) holds no certificate in PEM form")
        }
        return found
    }
}
