internal import ArgumentParser
internal import Glibc
internal import IsorunImages
internal import IsorunRegistry
internal import IsorunSystem
internal import SystemPackage

/// `isorun login`.
struct LoginCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "login",
        abstract: "Keep credentials for a registry, where docker keeps them."
    )
    @Option(name: .shortAndLong, help: .init("The user's name; asked for where it is left out.", valueName: "name"))
    var username: String?
    @Option(name: .shortAndLong, help: .init("The password; better by --password-stdin.", valueName: "password"))
    var password: String?
    @Flag(help: "Read the password from standard input.") var passwordStdin = false
    @Flag(help: "Plain HTTP where the registry speaks no HTTPS; for one on this machine that is so anyway.")
    var plainHTTP = false
    @Argument(help: .init("The registry; docker.io where it is left out.", valueName: "registry")) var registry: String?

    func run() throws {
        throw ExitCode(attempt { () throws(ImageError) in try login() })
    }

    private func name() throws(ImageError) -> String {
        if let username { return username }
        return try Prompt.line("Username: ")
    }

    private func secret() throws(ImageError) -> String {
        if let password { return password }
        return passwordStdin ? try Prompt.rest() : try Prompt.hidden("Password: ")
    }

    private func login() throws(ImageError) {
        let registry = try RegistryName.parse(registry)
        guard !passwordStdin || password == nil else {
            throw ImageError(.usage, "--password and --password-stdin both give a password")
        }
        let user = try name()
        let secret = try self.secret()
        guard !user.isEmpty, !secret.isEmpty, !user.contains(":") else {
            throw ImageError(.usage, "a name without a colon and a password are needed")
        }
        if password != nil { complain("a password on the command line can be seen by others: --password-stdin") }
        let plain = plainHTTP
        try Blocking.run {
            let client = RegistryClient(
                registry: registry,
                credential: .password(user: user, password: secret),
                allowsPlain: plain
            )
            do {
                try await client.checkLogin()
                await client.close()
            } catch {
                await client.close()
                throw error
            }
        }
        var config = try DockerConfig()
        if try config.keep(user, secret, for: registry) {
            complain("the password stands in \(config.path), which only you can read; a credential helper hides it")
        }
        emit("Login Succeeded\n")
    }
}

/// `isorun logout`.
struct LogoutCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logout",
        abstract: "Forget the credentials for a registry."
    )
    @Argument(help: .init("The registry; docker.io where it is left out.", valueName: "registry")) var registry: String?

    func run() throws {
        let code = attempt { () throws(ImageError) in
            let registry = try RegistryName.parse(registry)
            var config = try DockerConfig()
            let was = try config.forget(registry)
            emit(was ? "Removing login credentials for \(registry)\n" : "Not logged in to \(registry)\n")
        }
        throw ExitCode(code)
    }
}

/// A registry on the command line: its host, whatever stands around it.
enum RegistryName {
    static func parse(_ text: String?) throws(ImageError) -> String {
        var name = text ?? "docker.io"
        for prefix in ["https://", "http://"] where name.hasPrefix(prefix) { name.removeFirst(prefix.count) }
        while name.hasSuffix("/") { name.removeLast() }
        if ["index.docker.io", "index.docker.io/v1", "registry-1.docker.io"].contains(name) { return "docker.io" }
        guard let reference = ImageReference("\(name)/x"), reference.registry == name else {
            throw ImageError(
                .usage,
                "\"\(text ?? "")\" is no registry",
                hint: "for example: registry.example:5000"
            )
        }
        return name
    }
}

/// Asks a person.
private enum Prompt {
    static func line(_ question: String) throws(ImageError) -> String {
        guard isatty(STDIN_FILENO) == 1 else {
            throw ImageError(.usage, "there is no terminal to ask at: --username and --password-stdin")
        }
        emit(question, to: STDERR_FILENO)
        return readLine() ?? ""
    }

    static func hidden(_ question: String) throws(ImageError) -> String {
        var before = termios()
        guard unsafe tcgetattr(STDIN_FILENO, &before) == 0 else {
            throw ImageError(.usage, "there is no terminal to ask at: --password-stdin")
        }
        var silent = before
        silent.c_lflag &= ~tcflag_t(ECHO)
        unsafe tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent)
        defer { unsafe tcsetattr(STDIN_FILENO, TCSAFLUSH, &before) }
        let answer = try line(question)
        emit("\n", to: STDERR_FILENO)
        return answer
    }

    /// All of standard input, without the line end that `echo` adds.
    static func rest() throws(ImageError) -> String {
        let bytes = try telling { () throws(SystemError) in
            try SmallFile.read(OwnedDescriptor(dup(STDIN_FILENO)), named: "standard input", limit: 1 << 20)
        }
        var text = String(decoding: bytes, as: UTF8.self)
        while text.hasSuffix("\n") || text.hasSuffix("\r\n") { text.removeLast() }
        return text
    }
}
