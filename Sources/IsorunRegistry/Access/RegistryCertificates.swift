internal import Glibc
internal import IsorunImages
internal import IsorunSystem
internal import NIOSSL
internal import SystemPackage

/// Authorities of one registry beside those of the system: `/etc/docker/certs.d/HOST[:PORT]/*.crt`, as docker has them.
enum RegistryCertificates {
    static func configuration(for authority: String) throws(ImageError) -> TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        let folder = FilePath("/etc/docker/certs.d").appending(authority)
        guard let directory = try? HeldDirectory(host: folder), let names = try? directory.names() else {
            return configuration
        }
        for name in names.sorted() where name.hasSuffix(".crt") {
            let path = folder.appending(name).string
            do {
                configuration.additionalTrustRoots.append(.certificates(try NIOSSLCertificate.fromPEMFile(path)))
            } catch {
                throw ImageError(.failed, "\(path): it is no certificate: \(error)")
            }
        }
        return configuration
    }
}
