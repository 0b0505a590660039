internal import Glibc
internal import IsorunImages
internal import IsorunReporting
internal import IsorunSystem
internal import SystemPackage

/// A program that keeps credentials, `docker-credential-NAME`: docker's protocol, a word and JSON by stdin and stdout.
struct CredentialHelper {
    private let name: String

    init(_ name: String) throws(ImageError) {
        guard !name.contains("/") else { throw ImageError(.failed, "\"\(name)\" is no credential helper") }
        self.name = "docker-credential-\(name)"
    }

    /// What it keeps for a registry; nil where it says that it keeps nothing.
    func get(_ key: String) throws(ImageError) -> Credential? {
        let (status, output) = try run("get", key)
        guard status == 0 else {
            // docker's client tells it by these words, too.
            if output.contains("credentials not found") || output.contains("no credentials") { return nil }
            throw ImageError(.failed, "\(name): \(output.prefix(300))")
        }
        guard let json = try? JSON(parsing: output), let user = json["Username"]?.string,
            let secret = json["Secret"]?.string
        else { throw ImageError(.failed, "\(name): its answer is not understood") }
        return user == "<token>" ? .identityToken(secret) : .password(user: user, password: secret)
    }

    func store(_ key: String, _ user: String, _ secret: String) throws(ImageError) {
        let entry = JSON.object([
            .init("ServerURL", .string(key)), .init("Username", .string(user)), .init("Secret", .string(secret)),
        ])
        let (status, output) = try run("store", entry.line)
        guard status == 0 else { throw ImageError(.failed, "\(name): \(output.prefix(300))") }
    }

    func erase(_ key: String) throws(ImageError) {
        let (status, output) = try run("erase", key)
        guard status == 0 else { throw ImageError(.failed, "\(name): \(output.prefix(300))") }
    }

    private func run(_ verb: String, _ input: String) throws(ImageError) -> (status: Int32, output: String) {
        let path = try program()
        return try telling { () throws(SystemError) in
            let given = try MemoryFile(input)
            let taken = try MemoryFile("")
            let status = try Program.run(
                [path, verb],
                input: given.descriptor.borrowed,
                output: taken.descriptor.borrowed
            )
            lseek(taken.descriptor.raw, 0, SEEK_SET)
            let bytes = try SmallFile.read(taken.descriptor, named: FilePath(name), limit: 1 << 20)
            return (status, String(decoding: bytes, as: UTF8.self))
        }
    }

    private func program() throws(ImageError) -> String {
        let variable = unsafe getenv("PATH").map { unsafe String(cString: $0) } ?? "/usr/bin:/bin"
        for directory in variable.split(separator: ":") where directory.hasPrefix("/") {
            let path = "\(directory)/\(name)"
            if unsafe access(path, X_OK) == 0 { return path }
        }
        throw ImageError(
            .failed,
            "\(name), which docker's config.json names, is not in PATH",
            hint: "install it, or take it out of \(DockerConfig.ownPath)"
        )
    }
}
