internal import Glibc
package import IsorunImages
internal import IsorunModel
internal import IsorunReporting
internal import IsorunSystem
package import SystemPackage

/// Who somebody is to a registry.
package enum Credential: Hashable, Sendable {
    case password(user: String, password: String)
    /// A token that is exchanged for others (OAuth 2's refresh token).
    case identityToken(String)

    /// The value of an `Authorization` header for basic authentication.
    var basic: String? {
        guard case .password(let user, let password) = self else { return nil }
        return "Basic " + Base64.encode(Array("\(user):\(password)".utf8))
    }
}

/// docker's `config.json`: what `login` keeps, and which helpers keep it elsewhere.
package struct DockerConfig: Sendable {
    /// Where it is.
    package let path: FilePath
    private var document: JSON

    /// That of the caller: in `DOCKER_CONFIG`, else in `~/.docker`.
    package static var ownPath: FilePath {
        func variable(_ name: String) -> FilePath? {
            unsafe getenv(name).map { unsafe FilePath(platformString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
        }
        let folder = variable("DOCKER_CONFIG") ?? (variable("HOME") ?? "/root").appending(".docker")
        return folder.appending("config.json")
    }

    /// Reads one; a file that is not there says nothing.
    package init(_ path: FilePath = ownPath) throws(ImageError) {
        self.path = path
        let bytes: [UInt8]
        do throws(SystemError) {
            bytes = try SmallFile.read(path, limit: 1 << 20)
        } catch  where error.errno == .noSuchFileOrDirectory {
            document = .object([])
            return
        } catch {
            throw ImageError(error)
        }
        do throws(ReportingError) {
            document = try JSON(parsing: bytes)
        } catch {
            throw ImageError(.failed, "\(path): \(error)")
        }
        guard document.members != nil else { throw ImageError(.failed, "\(path): it is no JSON object") }
    }

    /// The name that docker keeps a registry under.
    package static func key(_ registry: String) -> String {
        registry == "docker.io" ? "https://index.docker.io/v1/" : registry
    }

    private func helper(_ registry: String) -> String? {
        document["credHelpers"]?[Self.key(registry)]?.string ?? document["credHelpers"]?[registry]?.string
            ?? document["credsStore"]?.string
    }

    /// What is kept for a registry; nil where nothing is.
    package func credential(for registry: String) throws(ImageError) -> Credential? {
        if let helper = helper(registry) {
            if let found = try CredentialHelper(helper).get(Self.key(registry)) { return found }
        }
        let key = Self.key(registry)
        for name in [key, registry, "https://\(registry)", "https://\(registry)/v2/", "http://\(registry)"] {
            guard let entry = document["auths"]?[name], let found = Self.credential(entry) else { continue }
            return found
        }
        return nil
    }

    private static func credential(_ entry: JSON) -> Credential? {
        if let token = entry["identitytoken"]?.string, !token.isEmpty { return .identityToken(token) }
        if let auth = entry["auth"]?.string, let bytes = Base64.decode(auth) {
            let text = String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            if let colon = text.firstIndex(of: ":") {
                return .password(user: String(text[..<colon]), password: String(text[text.index(after: colon)...]))
            }
        }
        guard let user = entry["username"]?.string, let password = entry["password"]?.string else { return nil }
        return .password(user: user, password: password)
    }

    // MARK: Keeping

    /// Keeps credentials for a registry: with a helper where there is one, else in the file, which is its owner's alone.
    ///
    /// - Returns: whether they stand in the file as they are.
    package mutating func keep(_ user: String, _ password: String, for registry: String) throws(ImageError) -> Bool {
        let key = Self.key(registry)
        if let helper = helper(registry) {
            try CredentialHelper(helper).store(key, user, password)
            return false
        }
        let auth = JSON.string(Base64.encode(Array("\(user):\(password)".utf8)))
        setAuths(
            (document["auths"]?.members ?? []).filter { $0.key != key } + [.init(key, .object([.init("auth", auth)]))]
        )
        try write()
        return true
    }

    /// Forgets them; whether there were any.
    package mutating func forget(_ registry: String) throws(ImageError) -> Bool {
        let key = Self.key(registry)
        if let helper = helper(registry) {
            let was = try CredentialHelper(helper).get(key) != nil
            if was { try CredentialHelper(helper).erase(key) }
            return was
        }
        let before = document["auths"]?.members ?? []
        let after = before.filter { $0.key != key && $0.key != registry }
        guard after.count != before.count else { return false }
        setAuths(after)
        try write()
        return true
    }

    private mutating func setAuths(_ auths: [JSON.Member]) {
        let others = (document.members ?? []).filter { $0.key != "auths" }
        document = .object([.init("auths", .object(auths))] + others)
    }

    private func write() throws(ImageError) {
        let text = document.page
        let path = path
        try telling { () throws(SystemError) in
            let directory = try HeldDirectory(makingHost: path.removingLastComponent())
            try directory.replace(ByteString(path.lastComponent?.string ?? ""), mode: 0o600) {
                file throws(SystemError) in
                try file.write(all: text.utf8)
                fsync(file.raw)
            }
        }
    }
}
